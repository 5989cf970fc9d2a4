import { card, escape, page, products, site } from "../shared.mjs";

const SIZE = 60;
const parts = site.categories.flatMap((category) => {
  const members = products.filter((product) => product.category.slug === category.slug);
  const count = Math.max(1, Math.ceil(members.length / SIZE));
  return Array.from({ length: count }, (_, place) => ({
    category, count, number: place + 1, total: members.length, shown: members.slice(place * SIZE, (place + 1) * SIZE),
  }));
});
const address = (slug, number) => (number === 1 ? `/c/${slug}/` : `/c/${slug}/${number}/`);

export const data = {
  parts,
  pagination: { data: "parts", size: 1, alias: "part" },
  permalink: ({ part }) => address(part.category.slug, part.number),
};

export function render({ part: { category, count, number, total, shown } }) {
  const chips = site.categories.map(
    ({ slug, name }) => `<a href="/c/${slug}/"${slug === category.slug ? ' aria-current="page"' : ""}>${escape(name)}</a>\n`,
  );
  const before = number > 1 ? `<a rel="prev" href="${address(category.slug, number - 1)}">上一页</a>` : "";
  const after = number < count ? `<a rel="next" href="${address(category.slug, number + 1)}">下一页</a>` : "";
  return page({
    kind: "c", path: address(category.slug, number), title: category.name,
    main: `<header class="page-head"><h1>${escape(category.name)}</h1><p>${total} 件商品</p></header>
<nav class="chips" aria-label="商品分类">${chips.join("")}</nav>
<h2 class="sr">商品列表</h2>
<ul class="cards cards-compact cards-wide">${shown.map(card).join("")}</ul>
<nav class="pager" aria-label="分页">${before}<a href="${address(category.slug, number)}" aria-current="page">${number}</a>${after}</nav>`,
  });
}
