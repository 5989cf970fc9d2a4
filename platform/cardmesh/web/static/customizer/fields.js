// One control for each setting of a schema, in the theme's own words.
import { h, t, words, lang } from "./dom.js";
import { colour } from "./colour.js";
import { goodsPicker, imagePicker } from "./pickers.js";

const LANGUAGES = [["zh-CN", "中文"], ["en", "English"]];
let counter = 0;

// visible_if: {"other setting": value or [values]}; all of them must hold.
const visible = (desk, place, setting, schema) =>
  Object.entries(setting.visible_if ?? {}).every(([id, wanted]) => {
    const other = schema.find((one) => one.id === id);
    return !other || [wanted].flat().includes(desk.value(place, other));
  });

export class Fields {
  constructor(desk, box, state) {
    Object.assign(this, { desk, box, state, place: {}, mine: false, rows: [] });
    desk.addEventListener("changed", ({ detail }) => (this.mine && detail.key ? this.refresh() : this.show(this.place)));
  }

  show(place) {
    this.place = this.desk.exists(place) ? place : {};
    this.rows = [];
    const schema = this.desk.schema(this.place);
    const groups = this.place.page ? [{ name: schema.name, settings: schema.settings ?? [] }] : schema;
    this.box.replaceChildren(...groups.map((group) => this.#group(group)));
    this.refresh();
  }

  refresh() {
    for (const { row, setting, schema } of this.rows) row.hidden = !visible(this.desk, this.place, setting, schema);
  }

  #group({ name, settings }) {
    const rows = settings.map((setting) => {
      const row = this.#row(setting);
      this.rows.push({ row, setting, schema: settings });
      return row;
    });
    const none = settings.length ? null : h("p", { class: "soft" }, t("这一部分没有可调的设置。", "There is nothing to set here."));
    return h("section", { class: "setting-group" }, h("h2", {}, words(name)), ...rows, none ?? "");
  }

  #row(setting) {
    if (setting.type === "header") return h("h3", {}, words(setting.content ?? setting.label));
    if (setting.type === "paragraph") return h("p", { class: "soft" }, words(setting.content ?? setting.label));
    const place = this.place;
    const value = this.desk.value(place, setting);
    const set = async (next) => {
      this.mine = true;
      await this.desk.set(place, setting, next);
      this.mine = false;
    };
    const label = words(setting.label);
    const info = setting.info ? h("span", { class: "hint", id: `info-${++counter}` }, words(setting.info)) : null;
    const made = (CONTROLS[setting.type] ?? plain)({ setting, value, set, label, desk: this.desk, state: this.state });
    const control = made.matches?.("input, select, textarea") ? made : made.querySelector?.("input, select, textarea, button");
    if (info) control?.setAttribute("aria-describedby", info.id);
    if (made.matches?.("input[type=checkbox]")) return h("div", { class: "field" }, h("label", { class: "check" }, made, label), info ?? "");
    if (made.matches?.("fieldset")) return h("div", { class: "field" }, made, info ?? "");
    return h("label", { class: "field" }, h("span", { class: "label" }, label), made, info ?? "");
  }
}

const plain = ({ setting, value, set }) =>
  h("input", { type: "text", value: value ?? "", maxlength: 500, placeholder: words(setting.placeholder), oninput: ({ target }) => set(target.value) });

// Words in both languages; a single text counts for both until one is changed.
const texts = (tag, most) => ({ setting, value, set, label }) => {
  const now = Object.fromEntries(LANGUAGES.map(([code]) => [code, typeof value === "string" ? value : value?.[code] ?? ""]));
  const inputs = LANGUAGES.map(([code, name]) => {
    const input = h(tag, { maxlength: most, lang: code, placeholder: words(setting.placeholder), rows: tag === "textarea" ? (most > 200 && setting.type === "richtext" ? 6 : 3) : null,
      oninput: ({ target }) => { now[code] = target.value; set({ ...now }); } });
    input.value = now[code];
    return h("label", { class: "field" }, h("span", { class: "hint" }, name), input);
  });
  if (lang === "en") inputs.reverse();
  return h("fieldset", {}, h("legend", { class: "label" }, label), ...inputs);
};

const number = ({ setting, value, set }) =>
  h("input", { type: "number", value, min: setting.min, max: setting.max, step: setting.step ?? "any",
    oninput: ({ target }) => { if (target.value !== "" && target.checkValidity()) set(Number(target.value)); } });

const range = ({ setting, value, set, label }) => {
  const shown = h("output", {}, String(value));
  const input = h("input", { type: "range", value, min: setting.min, max: setting.max, step: setting.step ?? 1, "aria-label": label,
    oninput: ({ target }) => { shown.textContent = target.value; set(Number(target.value)); } });
  return h("span", { class: "range" }, input, shown);
};

const choices = (options, value, set) => {
  const select = h("select", { onchange: ({ target }) => set(options[target.selectedIndex].value) },
    ...options.map((option) => h("option", {}, words(option.label ?? option.value))));
  select.selectedIndex = options.findIndex((option) => option.value === value);
  return select;
};

const radio = ({ setting, value, set, label }) => {
  const name = `radio-${++counter}`;
  const options = setting.options.map((option) => h("label", { class: "check" },
    h("input", { type: "radio", name, checked: option.value === value, onchange: () => set(option.value) }), words(option.label ?? option.value)));
  return h("fieldset", {}, h("legend", { class: "label" }, label), ...options);
};

const FONTS = ["system-ui, sans-serif", "Georgia, 'Songti SC', SimSun, serif", "'PingFang SC', 'Microsoft YaHei', sans-serif", "ui-monospace, monospace"];
const font = (given) => {
  const list = h("datalist", { id: `fonts-${++counter}` }, ...FONTS.map((value) => h("option", { value })));
  const input = plain(given);
  input.setAttribute("list", list.id);
  return h("span", {}, input, list);
};

const slugs = (kind) => ({ value, set, state }) => {
  const known = state.choices[kind];
  const options = [{ value: "", label: t("（未选择）", "(none)") }, ...known.map(({ slug, name }) => ({ value: slug, label: words(name) }))];
  if (value && !known.some(({ slug }) => slug === value)) options.push({ value, label: value });
  return choices(options, value, set);
};

const CONTROLS = {
  text: texts("input", 200),
  textarea: texts("textarea", 5000),
  richtext: texts("textarea", 5000),
  number,
  range,
  checkbox: ({ value, set }) => h("input", { type: "checkbox", checked: Boolean(value), onchange: ({ target }) => set(target.checked) }),
  select: ({ setting, value, set }) => choices(setting.options, value, set),
  color_scheme: ({ setting, value, set }) => choices(setting.options, value, set),
  radio,
  color: colour,
  image: imagePicker,
  font,
  url: plain,
  category: slugs("category"),
  page: slugs("page"),
  product: (given) => goodsPicker({ ...given, most: 1 }),
  product_list: (given) => goodsPicker({ ...given, most: 50 }),
};
