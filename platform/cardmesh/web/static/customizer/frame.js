// The draft as a visitor would see it: at three widths, in both languages, light or dark. A new page fades in when it is ready.
import { byId, h, t } from "./dom.js";

const WIDTHS = { phone: 390, tablet: 820, desktop: 1280 };

export class Frame {
  constructor(state, stage) {
    Object.assign(this, { state, stage, path: "/", scroll: 0, shown: null, drawn: 0 });
    this.view = { width: window.innerWidth < 820 ? "phone" : "desktop", locale: document.documentElement.lang === "en" ? "en" : "zh-CN", mode: "light" };
    for (const group of document.querySelectorAll("[data-view]")) {
      for (const button of group.querySelectorAll("button")) {
        button.addEventListener("click", () => this.set(group.dataset.view, button.value));
      }
    }
    addEventListener("resize", () => this.#fit());
    addEventListener("message", ({ source, data }) => {
      if (data?.draftReady && source === this.coming?.contentWindow) this.#ready(this.coming);
      if (source === this.shown?.contentWindow && Number.isFinite(data?.draftScroll)) this.scroll = data.draftScroll;
    });
    this.#mark();
  }

  set(name, value) {
    this.view[name] = value;
    this.#mark();
    if (name === "width") this.#fit();
    else this.draw();
  }

  open(path) {
    if (path === this.path) return;
    this.path = path;
    this.scroll = 0;
    this.draw();
  }

  draw() {
    const { locale, mode } = this.view;
    const frame = h("iframe", { title: t("草稿预览", "Preview of the draft"), sandbox: "allow-scripts allow-same-origin allow-forms", class: "is-coming",
      src: `${this.state.frame}/${mode}${this.state.prefixes[locale]}${this.path}?r=${++this.drawn}` });
    this.coming?.remove();
    this.coming = frame;
    byId("preview-state").textContent = t("正在更新预览…", "Drawing…");
    frame.addEventListener("load", () => this.#ready(frame), { once: true }); // our own notices; see draft.js
    this.stage.append(frame);
    this.#fit();
  }

  #ready(frame) {
    if (frame !== this.coming) return;
    frame.contentWindow.postMessage({ draftScroll: this.scroll }, "*");
    frame.classList.remove("is-coming");
    this.shown?.remove();
    [this.shown, this.coming] = [frame, null];
    byId("preview-state").textContent = "";
  }

  #fit() {
    if (!this.stage.clientWidth) return; // another part is shown
    const width = WIDTHS[this.view.width];
    const scale = Math.min(1, this.stage.clientWidth / width);
    for (const frame of this.stage.querySelectorAll("iframe")) {
      frame.style.width = `${width}px`;
      frame.style.height = `${this.stage.clientHeight / scale}px`;
      frame.style.transform = `scale(${scale})`;
      frame.style.left = `${Math.max(0, (this.stage.clientWidth - width * scale) / 2)}px`;
    }
  }

  #mark() {
    for (const group of document.querySelectorAll("[data-view]")) {
      for (const button of group.querySelectorAll("button")) {
        button.setAttribute("aria-pressed", String(this.view[group.dataset.view] === button.value));
      }
    }
  }
}
