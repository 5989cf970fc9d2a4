import { card, escape, icon, markdown, page, part, products, site, words } from "../shared.mjs";

const bySlug = new Map(products.map((product) => [product.slug, product]));

export const data = {
  products,
  pagination: { data: "products", size: 1, alias: "product" },
  permalink: ({ product }) => `/p/${product.slug}/`,
};

export function render({ product: p }) {
  const path = `/p/${p.slug}/`;
  return page({
    kind: "p", path, title: p.title, summary: p.summary, image: p.image, structured: structured(p, site.url + path),
    main: main(p),
  });
}

function structured(p, url) {
  const offers = p.skus.map((sku) => ({
    "@type": "Offer", availability: `https://schema.org/${words.availability[sku.stock]}`, name: sku.name,
    price: sku.decimal, priceCurrency: "CNY", sku: sku.id, url,
  }));
  const step = (name, item, position) => ({ "@type": "ListItem", item, name, position });
  return [
    {
      "@context": "https://schema.org", "@type": "Product", category: p.category.name,
      description: p.body.replace(/[*#]/g, "").replace(/\s+/g, " ").slice(0, 300), image: [site.url + p.image],
      name: p.title, offers, url,
    },
    {
      "@context": "https://schema.org", "@type": "BreadcrumbList",
      itemListElement: [
        step(site.name, `${site.url}/`, 1), step(p.category.name, `${site.url}/c/${p.category.slug}/`, 2),
        step(p.title, url, 3),
      ],
    },
  ];
}

function option(sku, chosen) {
  const out = sku.stock === "out";
  return `<label class="sku${out ? " is-out" : ""}">
<input type="radio" name="sku" value="${sku.id}" required data-name="${escape(sku.name)}" data-amount="${sku.amount}" data-stock="${sku.stock}" data-kind="${sku.kind}" data-min="${sku.min}" data-max="${sku.max}" data-warranty="${sku.warranty}"${out ? " disabled" : ""}${sku.id === chosen ? " checked" : ""}>
<span class="sku-face"><span class="sku-name">${escape(sku.name)}</span><span class="sku-price">${out ? words.stock.out : escape(sku.price)}</span></span>
</label>
`;
}

function main(p) {
  const [text, buyable, name] = [words.product, p.stock !== "out", escape(p.title)];
  const about = p.body
    ? `<section class="panel" aria-labelledby="p-about"><h2 id="p-about">${text.about}</h2><div class="prose">${markdown.render(p.body)}</div></section>\n`
    : "";
  return `<nav class="crumbs" aria-label="当前位置">
<a href="/">首页</a>
${icon("chevron")}<a href="/c/${p.category.slug}/">${escape(p.category.name)}</a>${icon("chevron")}<span aria-current="page">${name}</span></nav><article class="product" data-product="${p.id}">
<div class="product-media"><img src="${escape(p.image)}" alt="${name} 的图片" width="320" height="200" fetchpriority="high">
${part.assurances}
</div>
<form class="product-buy" action="/checkout/" method="get" data-buy>
<h1>${name}</h1>
<p class="card-meta" aria-live="polite"><span class="badge badge-${p.stock}" data-stock-now>${words.stock[p.stock]}</span><span class="kind" data-kind-now>${icon(`kind-${p.kind}`)}${words.kind[p.kind]}</span></p>
<p class="product-price"><span class="price"><b data-price aria-live="polite">${escape(p.price)}</b></span></p>
<fieldset class="skus">
<legend>${text.option}</legend>
${p.skus.map((sku) => option(sku, p.default)).join("")}</fieldset>
${part.quantity}
<dl class="facts">
<div><dt>${text.delivery}</dt><dd data-delivery-now>${words.delivery[p.kind]}</dd></div>
<div><dt>${text.warranty}</dt><dd data-warranty-now>${p.warranty ? `${p.warranty} 小时` : text.no_warranty}</dd></div>
</dl>
<div class="buy-bar">
<p class="buy-total"><span>${text.total}</span><b data-total>${escape(p.price)}</b></p>
<button class="button button-soft" type="button" data-add${buyable ? "" : " disabled"}>${icon("cart")}<span>${text.add}</span></button>
<button class="button button-main" type="submit" data-now${buyable ? "" : " disabled"}>${buyable ? text.buy : words.stock.out}</button>
</div>
<noscript><p class="plain-note">${text.noscript}</p></noscript>
</form>
<div class="product-text">
${about}<section class="panel" aria-labelledby="p-redeem"><h2 id="p-redeem">${text.redeem}</h2>
<ol class="steps">${words.redeem[p.kind].map((step) => `<li>${step}</li>`).join("")}</ol>
</section>
${part.after}
</div>
</article><section class="block" aria-labelledby="s-related">
<header class="block-head"><h2 id="s-related">${text.related}</h2></header>
<ul class="cards cards-compact cards-wide">
${p.related.map((path) => card(bySlug.get(path.slice(3)))).join("")}</ul>
</section>
`;
}
