// The customizer: everything put together.
import { byId, h, t, words } from "./dom.js";
import { Desk } from "./desk.js";
import { Fields } from "./fields.js";
import { Frame } from "./frame.js";
import * as panels from "./panels.js";
import { Saver } from "./save.js";
import { ask } from "./server.js";
import { Tree } from "./tree.js";

const root = byId("customizer");
const { ok, body: state } = await ask("state.json");
if (ok) start();
else byId("save-state").textContent = state.message;

function start() {
  const desk = new Desk(state);
  const frame = new Frame(state, byId("stage"));
  const saver = new Saver(desk, () => frame.draw());
  const fields = new Fields(desk, byId("settings"), state);
  const tree = new Tree(desk, byId("tree"), (place) => { fields.show(place); showPart("settings"); });
  const pages = byId("page");
  const turn = () => { tree.show(pages.value); frame.open(state.paths[pages.value]); };

  pages.append(...desk.about.pages.map((page) => h("option", { value: page.id }, words(page.name))));
  pages.addEventListener("change", () => { tree.chosen = {}; fields.show({}); turn(); });
  on("undo", () => desk.undo());
  on("redo", () => desk.redo());
  on("gallery", () => panels.gallery(state, desk));
  on("history", () => panels.history(desk));
  on("share", () => panels.share(saver));
  on("publish", () => panels.publish(desk, saver));
  for (const button of document.querySelectorAll(".customizer-parts button")) button.addEventListener("click", () => showPart(button.dataset.part));
  addEventListener("keydown", keys(desk));
  desk.addEventListener("changed", () => steps(desk));
  steps(desk);
  fields.show({});
  tree.show("index");
  frame.draw();
  byId("save-state").textContent = t("草稿已保存", "Draft saved");
  root.dataset.ready = "yes";
}

function on(name, act) {
  byId(name).addEventListener("click", act);
}

function steps(desk) {
  byId("undo").disabled = !desk.past.length;
  byId("redo").disabled = !desk.future.length;
}

// Within a field of text the browser's own undo works as everywhere.
function keys(desk) {
  return (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.target.matches("input:not([type=range], [type=color], [type=checkbox], [type=radio]), textarea")) return;
    const back = event.key.toLowerCase() === "z" && !event.shiftKey;
    const forth = event.key.toLowerCase() === "y" || (event.key.toLowerCase() === "z" && event.shiftKey);
    if (!back && !forth) return;
    event.preventDefault();
    if (back) desk.undo();
    else desk.redo();
  };
}

// On a phone one part is shown at a time.
function showPart(name) {
  root.dataset.part = name;
  for (const button of document.querySelectorAll(".customizer-parts button")) button.setAttribute("aria-pressed", String(button.dataset.part === name));
  dispatchEvent(new Event("resize"));
}
