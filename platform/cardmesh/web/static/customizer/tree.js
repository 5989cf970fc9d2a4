// The page as a tree of sections and blocks: choose, drag, move by arrow keys, hide, remove, add.
import { announce, h, t, words } from "./dom.js";
import * as parts from "./parts.js";

export class Tree {
  constructor(desk, box, choose) {
    Object.assign(this, { desk, box, choose, page: "index", chosen: {} });
    desk.addEventListener("changed", () => this.draw());
  }

  show(page) {
    this.page = page;
    this.draw();
  }

  select(place) {
    this.chosen = place;
    this.draw();
    this.choose(place);
  }

  draw() {
    const focused = document.activeElement?.dataset?.focus;
    const { page, desk } = this;
    const theme = h("button", { class: "tree-name", type: "button", "aria-pressed": String(!this.chosen.page), "data-focus": "theme",
      onclick: () => this.select({}) }, t("主题设置", "Theme settings"));
    this.box.replaceChildren(theme, this.#list({ page }, desk.layout(page)), this.#adder({ page }, desk.page(page).addable, desk.about.sections));
    if (focused) this.box.querySelector(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
  }

  #list(list, holder) {
    const order = parts.orderOf(this.desk, list);
    const items = list.section ? holder.blocks ?? {} : holder.sections;
    return h("ol", { class: "tree-list" }, ...order.map((key, place) => this.#item(list, key, place, items[key], order)));
  }

  #item(list, key, place, part, order) {
    const where = list.section ? { ...list, block: key } : { ...list, section: key };
    const schema = this.desk.schema(where);
    const name = words(schema?.name ?? part.type);
    const id = `${list.page}/${list.section ?? ""}/${key}`;
    const must = !list.section && this.desk.page(list.page).essential.includes(part.type);
    const here = JSON.stringify(where) === JSON.stringify(this.chosen);
    const row = h("div", { class: `tree-row${part.hidden ? " is-hidden" : ""}` },
      this.#handle(list, key, place, name, order, id),
      h("button", { class: "tree-name", type: "button", "aria-pressed": String(here), "data-focus": `name ${id}`, onclick: () => this.select(where) }, name),
      must ? null : h("button", { class: "icon-button", type: "button", "data-focus": `hide ${id}`, "aria-pressed": String(Boolean(part.hidden)),
        "aria-label": t(`隐藏「${name}」`, `Hide “${name}”`), onclick: () => parts.hide(this.desk, list, key, !part.hidden) }, part.hidden ? "◌" : "◉"),
      must ? null : h("button", { class: "icon-button", type: "button", "data-focus": `remove ${id}`,
        "aria-label": t(`移除「${name}」`, `Remove “${name}”`), onclick: () => this.#remove(list, key, name) }, "✕"));
    const item = h("li", { "data-key": key }, row);
    const kinds = list.section ? [] : schema?.blocks ?? [];
    if (kinds.length) {
      const inside = { page: list.page, section: key };
      item.append(this.#list(inside, part), this.#adder(inside, kinds.map((one) => one.type), Object.fromEntries(kinds.map((one) => [one.type, one]))));
    }
    return item;
  }

  async #remove(list, key, name) {
    await parts.remove(this.desk, list, key);
    announce(t(`已移除「${name}」，可撤销`, `Removed “${name}”; Undo brings it back`));
    if (!this.desk.exists(this.chosen)) this.select({});
  }

  #handle(list, key, place, name, order, id) {
    const to = async (next) => {
      if (next < 0 || next >= order.length || next === place) return;
      await parts.move(this.desk, list, key, next);
      announce(t(`「${name}」现为第 ${next + 1} 个，共 ${order.length} 个`, `“${name}” is now ${next + 1} of ${order.length}`));
    };
    const handle = h("button", { class: "handle", type: "button", "data-focus": `move ${id}`, "aria-describedby": "move-help",
      "aria-label": t(`移动「${name}」`, `Move “${name}”`),
      onkeydown: (event) => {
        const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
        if (step) { event.preventDefault(); to(place + step); }
      },
      onpointerdown: (event) => drag(event, handle, to) }, "⠿");
    return handle;
  }

  #adder(list, types, schemas) {
    const { limits } = this.desk.about;
    const full = parts.orderOf(this.desk, list).length >= (list.section ? limits.blocks : limits.sections);
    if (!types.length) return "";
    const label = list.section ? t("添加内容块", "Add a block") : t("添加板块", "Add a section");
    const choices = types.map((type) => h("li", {}, h("button", { class: "tree-name", type: "button", onclick: () => this.#add(list, type) }, words(schemas[type].name))));
    const said = full ? h("p", { class: "soft" }, t("已达上限。", "No more fit here.")) : h("ul", { class: "tree-list" }, ...choices);
    return h("details", { class: "adder" }, h("summary", { "data-focus": `add ${list.section ?? ""}` }, `＋ ${label}`), said);
  }

  async #add(list, type) {
    this.select(await parts.add(this.desk, list, type));
  }
}

// By pointer, so that it works by mouse, pen and finger alike: the row goes where it is let go.
function drag(event, handle, drop) {
  const item = handle.closest("li");
  const rows = [...item.parentElement.children];
  const from = rows.indexOf(item);
  let to = from;
  handle.setPointerCapture(event.pointerId);
  item.classList.add("is-dragged");
  const over = ({ clientY }) => {
    const others = rows.filter((row) => row !== item);
    to = others.filter((row) => clientY > row.getBoundingClientRect().top + row.offsetHeight / 2).length;
    for (const row of rows) row.classList.remove("drop-before", "drop-after");
    if (to !== from) (others[to] ?? others.at(-1)).classList.add(to < others.length ? "drop-before" : "drop-after");
  };
  const end = ({ type }) => {
    handle.removeEventListener("pointermove", over);
    for (const row of rows) row.classList.remove("drop-before", "drop-after", "is-dragged");
    if (type === "pointerup") drop(to);
  };
  handle.addEventListener("pointermove", over);
  handle.addEventListener("pointerup", end, { once: true });
  handle.addEventListener("pointercancel", end, { once: true });
}
