// Goods by name, and pictures by upload.
import { h, t, words } from "./dom.js";
import { ask, send } from "./server.js";

const WAIT_MS = 200;
const MOST_PIXELS = 1920;

// One product (value: a slug) or a list of them (value: slugs).
export function goodsPicker({ value, set, label, most }) {
  let chosen = (most === 1 ? [value] : value).filter(Boolean);
  const names = new Map();
  const list = h("ol", { class: "picked" });
  const found = h("ul", { class: "picked" });
  let timer, asked = 0;
  const search = h("input", { type: "search", placeholder: t("搜索商品", "Search goods"), "aria-label": `${label}: ${t("搜索商品", "search goods")}`,
    oninput: () => { clearTimeout(timer); timer = setTimeout(look, WAIT_MS); }, onfocus: () => found.children.length || look() });

  async function look() {
    const mine = ++asked;
    const { ok, body } = await ask("goods.json", { q: search.value });
    if (!ok || mine !== asked) return;
    for (const { slug, name } of body) names.set(slug, words(name));
    const rest = body.filter(({ slug }) => !chosen.includes(slug));
    found.replaceChildren(...rest.map(({ slug, name }) => h("li", {}, h("button", { class: "tree-name", type: "button", onclick: () => put([...(most === 1 ? [] : chosen), slug]) }, `＋ ${words(name)}`))));
  }

  function put(next) {
    chosen = next.slice(0, most);
    set(most === 1 ? chosen[0] ?? "" : [...chosen]);
    draw();
    look();
  }

  function draw() {
    list.replaceChildren(...chosen.map((slug) => h("li", {}, h("span", {}, names.get(slug) ?? slug),
      h("button", { class: "icon-button", type: "button", "aria-label": t(`移除 ${names.get(slug) ?? slug}`, `Remove ${names.get(slug) ?? slug}`), onclick: () => put(chosen.filter((one) => one !== slug)) }, "✕"))));
  }

  async function learn() {
    draw();
    if (!chosen.length) return;
    const { ok, body } = await ask("goods.json", { q: `slug:${chosen.join(",")}` });
    if (ok) for (const { slug, name } of body) names.set(slug, words(name));
    draw();
  }

  learn();
  return h("fieldset", {}, h("legend", { class: "label" }, label), list, search, found);
}

// The picture is drawn anew here: smaller, and without what a camera writes into it.
async function redrawn(file) {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, MOST_PIXELS / Math.max(picture.width, picture.height));
  const canvas = h("canvas", { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) });
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/webp", 0.85));
}

export function imagePicker({ value, set, label }) {
  const told = h("span", { class: "hint", role: "status" });
  const path = h("input", { type: "text", value: value ?? "", placeholder: "/media/… · https://…", "aria-label": label, oninput: () => set(path.value) });
  const file = h("input", { type: "file", accept: "image/png,image/jpeg,image/webp", "aria-label": t(`上传：${label}`, `Upload: ${label}`), onchange: async () => {
    told.textContent = t("正在上传…", "Uploading…");
    const picture = await redrawn(file.files[0]).catch(() => null);
    const { ok, body } = picture ? await send("image", picture) : { ok: false, body: { message: t("无法读取这张图片", "This picture cannot be read") } };
    told.textContent = ok ? t("已上传", "Uploaded") : body.message;
    if (ok) { path.value = body.path; set(body.path); }
  } });
  return h("fieldset", {}, h("legend", { class: "label" }, label), path, file, told);
}
