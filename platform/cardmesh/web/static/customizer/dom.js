// Elements, and texts in the page's language.
export const lang = document.documentElement.lang === "en" ? "en" : "zh-CN";
export const t = (zh, en) => (lang === "en" ? en : zh);
export const words = (text) => (typeof text === "string" ? text : text?.[lang] ?? text?.["zh-CN"] ?? "");
export const byId = (id) => document.getElementById(id);

// h("button", { class: "x", onclick: f }, "words", child)
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (typeof value === "boolean") element.toggleAttribute(name, value);
    else if (value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export function drawn(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// What a screen reader should hear, once.
export function announce(text) {
  byId("announcer").textContent = text;
}

export function dialog(title, ...content) {
  const close = h("button", { class: "icon-button", type: "button", "aria-label": t("关闭", "Close") }, "✕");
  const box = h("dialog", { class: "panel", "aria-label": title }, h("header", {}, h("h2", {}, title), close), ...content);
  close.addEventListener("click", () => box.close());
  box.addEventListener("close", () => box.remove());
  document.body.append(box);
  box.showModal();
  return box;
}
