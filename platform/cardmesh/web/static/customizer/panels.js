// The gallery of looks, publishing with what it changes, what was worn before, and a link to show to others.
import { dialog, drawn, h, t, words } from "./dom.js";
import { ask, send } from "./server.js";

const refusal = (body) => h("p", { class: "flash danger", role: "alert" }, body.message);
const list = (changes) => h("ul", { class: "changes" }, ...changes.map((one) => h("li", {}, one)));

function swatch({ bg, surface, brand, hero, text }) {
  const rect = (x, y, width, height, fill, rx = 4) => drawn("rect", { x, y, width, height, fill, rx });
  return drawn("svg", { viewBox: "0 0 160 96", "aria-hidden": "true" }, rect(0, 0, 160, 96, bg, 0), rect(0, 0, 160, 16, surface, 0), rect(10, 5, 34, 6, brand, 3),
    rect(10, 24, 140, 26, hero || brand), ...[10, 59, 108].flatMap((x) => [rect(x, 58, 42, 30, surface), rect(x + 5, 70, 26, 3, text, 1), rect(x + 5, 78, 20, 5, brand, 2)]));
}

export function gallery(state, desk) {
  const cards = state.looks.map((one) => h("button", { class: "look", type: "button", "aria-pressed": String(one.theme === desk.look.theme && one.preset === desk.look.preset),
    onclick: async () => { box.close(); await wear(desk, one); } },
    h("span", { class: "pair" }, swatch(one.colours.light), swatch(one.colours.dark)), h("span", {}, words(one.name), " ", h("span", { class: "soft" }, words(one.of)))));
  const box = dialog(t("选择外观", "Choose a look"),
    h("p", { class: "soft" }, t("换外观会带来它自己的颜色和设置；同一主题内，您的页面布局保留。随时可以撤销。", "A look brings its own colours and settings; within one theme your page layouts stay. Undo brings everything back.")),
    h("div", { class: "looks" }, ...cards));
}

const wear = (desk, { theme, preset }) =>
  desk.change("", (look) => {
    if (look.theme !== theme) look.templates = {};
    Object.assign(look, { theme, preset, settings: {} });
  });

export async function publish(desk, saver) {
  if (!(await saver.now())) return;
  const { ok, body } = await ask("changes.json");
  const content = h("div", {}, ok ? (body.length ? list(body) : h("p", {}, t("草稿与线上外观相同。", "The draft is no different from what is live."))) : refusal(body));
  const button = h("button", { class: "button primary", type: "button", disabled: !ok || !body.length, onclick: async () => {
    button.disabled = true;
    const answer = await send("publish", { revision: desk.revision });
    if (answer.ok) finished(content, answer.body.url);
    else { content.replaceChildren(refusal(answer.body)); if (answer.body.code === "draft_conflict") { box.close(); saver.conflict(answer.body); } }
  } }, t("发布", "Publish"));
  const box = dialog(t("发布这些修改？", "Publish these changes?"), content, h("div", { class: "buttons" }, button));
}

const finished = (content, url) =>
  content.replaceChildren(h("p", { class: "flash success", role: "status" }, t("已发布，店铺几秒内更新。", "Published; the store follows in seconds.")), h("a", { class: "button", href: url }, t("查看发布进度", "See the build")));

export async function history(desk) {
  const { ok, body } = await ask("history.json");
  const rows = ok ? body.map((one) => line(desk, one)) : [refusal(body)];
  const box = dialog(t("发布过的外观", "Published looks"), h("ol", { class: "history" }, ...rows));
  box.addEventListener("click", ({ target }) => { if (target.closest("[data-close]")) box.close(); });
}

function line(desk, one) {
  const told = h("div", {}, one.changes.length ? list(one.changes) : h("p", { class: "soft" }, t("开店时的外观", "The look it opened with")));
  const restore = h("button", { class: "button small", type: "button", onclick: async () => {
    restore.disabled = true;
    const { ok, body } = await send(`history/${one.id}`);
    if (ok) finished(told, body.url);
    else told.append(refusal(body));
  } }, t("恢复并发布", "Restore and publish"));
  const edit = h("button", { class: "button small", type: "button", "data-close": "", onclick: () => desk.change("", (look) => { Object.assign(look, one.look); }) }, t("载入草稿", "Load into the draft"));
  const head = h("h3", {}, `#${one.number} · ${new Date(one.published_at).toLocaleString()} `, one.live ? h("span", { class: "badge good" }, t("线上", "Live")) : "");
  return h("li", {}, head, h("p", { class: "soft" }, `${one.author || "—"} · ${one.theme} / ${one.preset}`), told, one.look ? (one.live ? edit : h("div", { class: "buttons" }, restore, edit)) : h("p", { class: "soft" }, t("这个主题已删除", "Its theme was deleted")));
}

export async function share(saver) {
  await saver.now();
  const { ok, body } = await send("link");
  if (!ok) return void dialog(t("预览链接", "Preview link"), refusal(body));
  const address = h("input", { type: "text", readonly: true, value: body.url, "aria-label": t("预览链接", "Preview link") });
  const copy = h("button", { class: "button primary", type: "button", onclick: async () => { await navigator.clipboard.writeText(body.url); copy.textContent = t("已复制", "Copied"); } }, t("复制", "Copy"));
  dialog(t("预览链接", "Preview link"),
    h("p", {}, t(`任何人打开都能看到草稿，无需登录，不能下单，${body.days} 天后失效。`, `Anyone who opens it sees the draft, without signing in and without buying, for ${body.days} days.`)),
    address, h("div", { class: "buttons" }, copy, h("a", { class: "button", href: body.url, target: "_blank", rel: "noopener" }, t("打开", "Open"))));
}
