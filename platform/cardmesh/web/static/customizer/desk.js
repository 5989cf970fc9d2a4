// The look that is being edited, what is known about its theme, and the steps back and forth.
import { ask } from "./server.js";

const MOST_STEPS = 200;
const SAME_STEP_MS = 1200;
const copy = (value) => structuredClone(value);
export const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

export class Desk extends EventTarget {
  constructor(state) {
    super();
    Object.assign(this, { look: state.look, revision: state.revision, about: state.about });
    this.past = [];
    this.future = [];
    this.known = new Map([[this.#name(), state.about]]);
    this.last = { key: "", at: 0 };
  }

  // One step that can be undone. Steps of one `key` that follow each other closely are one (typing, dragging a slider).
  async change(key, edit) {
    const next = copy(this.look);
    edit(next);
    if (same(next, this.look)) return;
    const now = Date.now();
    if (!key || key !== this.last.key || now - this.last.at > SAME_STEP_MS) this.past.push(this.look);
    this.past.splice(0, this.past.length - MOST_STEPS);
    this.last = { key, at: now };
    this.future = [];
    await this.#wear(next, key);
  }

  undo() { return this.#step(this.past, this.future); }
  redo() { return this.#step(this.future, this.past); }

  async #step(from, to) {
    if (!from.length) return;
    to.push(this.look);
    this.last = { key: "", at: 0 };
    await this.#wear(from.pop(), "");
  }

  async #wear(look, key) {
    this.look = look;
    if (!this.known.has(this.#name())) {
      const { ok, body } = await ask("about.json", { theme: look.theme, preset: look.preset ?? "" });
      if (ok) this.known.set(this.#name(), body);
    }
    this.about = this.known.get(this.#name()) ?? this.about;
    this.dispatchEvent(new CustomEvent("changed", { detail: { key } }));
  }

  #name() { return `${this.look.theme}/${this.look.preset}`; }

  page(id) { return this.about.pages.find((page) => page.id === id); }
  layout(page) { return this.look.templates[page] ?? this.page(page).layout; }

  // The page's layout becomes the owner's own with the first edit.
  editLayout(page, key, edit) {
    const own = copy(this.layout(page));
    return this.change(key, (look) => {
      edit(own);
      look.templates[page] = own;
    });
  }

  // A place is {page, section, block}; without a page it is the theme.
  schema(place) {
    if (!place.page) return this.about.groups;
    const part = this.layout(place.page).sections[place.section];
    const section = this.about.sections[part.type];
    return place.block ? section.blocks.find((one) => one.type === part.blocks[place.block].type) : section;
  }

  exists(place) {
    const section = place.page && this.layout(place.page)?.sections[place.section];
    return !place.page || Boolean(section && (!place.block || section.blocks?.[place.block]));
  }

  value(place, setting) {
    if (!place.page) return this.look.settings[setting.id] ?? this.about.values[setting.id];
    const section = this.layout(place.page).sections[place.section];
    return (place.block ? section.blocks[place.block] : section).settings?.[setting.id] ?? setting.default;
  }

  set(place, setting, value) {
    const key = `${place.page ?? ""}/${place.section ?? ""}/${place.block ?? ""}/${setting.id}`;
    if (!place.page) return this.change(key, (look) => { look.settings[setting.id] = value; });
    return this.editLayout(place.page, key, ({ sections }) => {
      const part = place.block ? sections[place.section].blocks[place.block] : sections[place.section];
      part.settings = { ...part.settings, [setting.id]: value };
    });
  }
}
