// What every page is made of. Fragments that are the same on all pages are read once; a card is made once.
import { readFileSync } from "node:fs";
import MarkdownIt from "markdown-it";

const read = (name) => readFileSync(new URL(name, import.meta.url), "utf8");
export const site = JSON.parse(read("site.json"));
export const words = JSON.parse(read("words.json"));
export const products = JSON.parse(read("products.json"));
export const part = Object.fromEntries(
  ["links", "header", "footer", "assurances", "quantity", "after"].map((name) => [name, read(`fragments/${name}.html`)]),
);
export const markdown = new MarkdownIt();

const codes = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;" };
export const escape = (text) => String(text).replace(/[&<>"']/g, (letter) => codes[letter]);
export const icon = (name) => `<svg class="icon" aria-hidden="true"><use href="${site.icons}#${name}"/></svg>`;
const data = (value) => JSON.stringify(value).replaceAll("<", "\\u003c");

const cards = new Map();
export function card(product) {
  if (!cards.has(product.slug)) cards.set(product.slug, makeCard(product));
  return cards.get(product.slug);
}

function makeCard(p) {
  const options = p.skus.length > 1 ? `<span class="options">${p.skus.length} 种规格</span>` : "";
  return `<li class="card card-compact${p.stock === "out" ? " is-out" : ""}">
<img class="card-pic" src="${escape(p.image)}" alt="" width="320" height="200" loading="lazy" decoding="async">
<div class="card-body">
<h3 class="card-name"><a href="/p/${p.slug}/">${escape(p.title)}</a></h3>
<p class="card-meta"><span class="badge badge-${p.stock}">${words.stock[p.stock]}</span>
<span class="kind">${icon(`kind-${p.kind}`)}${words.kind[p.kind]}</span></p>
<p class="card-foot"><span class="price"><b>${escape(p.price)}</b>${p.varies ? " 起" : ""}</span>${options}</p>
</div>
</li>`;
}

export function page({ kind, path, title, summary, image, structured = [], main }) {
  const [name, told, address] = [escape(title), escape(summary || title), site.url + path];
  const blocks = structured.map((block) => `<script type="application/ld+json">${data(block)}</script>\n`).join("");
  return `<!doctype html>
<html lang="zh-CN" data-header="light" data-home="/" data-prefix="" data-currency="CNY" data-symbol="¥" data-places="2" data-icons="${site.icons}" data-search="api">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${name} - ${escape(site.name)}</title>
<meta name="description" content="${told}">
<link rel="canonical" href="${address}">
<meta property="og:type" content="${kind === "p" ? "product" : "website"}">
<meta property="og:site_name" content="${escape(site.name)}">
<meta property="og:title" content="${name}">
<meta property="og:description" content="${told}">
<meta property="og:url" content="${address}">
<meta property="og:image" content="${site.url}${image || "/og.png"}">
<meta property="og:locale" content="zh_CN">
<meta name="twitter:card" content="summary_large_image">
${part.links}${blocks}</head>
<body data-page="${kind}">
${part.header}
<main id="main" class="wrap" tabindex="-1">
${main}
</main>
${part.footer}
</body>
</html>`;
}
