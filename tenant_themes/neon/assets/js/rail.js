// Where one is in the navigation, and arrows for rails wider than the page.
for (const link of $$(".cats a")) {
  if (link.pathname === location.pathname) link.setAttribute("aria-current", "page");
  else if (link.pathname !== shop.home && location.pathname.startsWith(link.pathname)) link.setAttribute("aria-current", "true");
}
for (const box of $$("[data-rail]")) {
  const list = $("ul", box);
  show($("[data-arrows]", box), list.scrollWidth > list.clientWidth + 8);
  for (const button of $$("[data-slide]", box)) button.addEventListener("click", () => list.scrollBy({ left: Number(button.dataset.slide) * list.clientWidth * 0.8 }));
}
