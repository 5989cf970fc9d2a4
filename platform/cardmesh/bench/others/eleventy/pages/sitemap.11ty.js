import { products, site } from "../shared.mjs";

export const data = { permalink: "/sitemap.xml" };

export function render() {
  const rows = products.map(({ slug }) => `<url><loc>${site.url}/p/${slug}/</loc></url>\n`).join("");
  return `<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n${rows}</urlset>\n`;
}
