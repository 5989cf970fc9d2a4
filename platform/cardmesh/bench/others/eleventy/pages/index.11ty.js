import { card, escape, page, products, site } from "../shared.mjs";

export const data = { permalink: "/" };

export function render() {
  const groups = site.categories.map(({ slug, name }) => {
    const shown = products.filter((product) => product.category.slug === slug).slice(0, 12);
    return `<section class="block"><h2><a href="/c/${slug}/">${escape(name)}</a></h2>
<ul class="cards cards-compact">${shown.map(card).join("")}</ul></section>`;
  });
  return page({ kind: "index", path: "/", title: site.name, main: `<h1>${escape(site.name)}</h1>\n${groups.join("\n")}` });
}
