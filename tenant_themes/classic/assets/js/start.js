// Last in the bundle: everything above is defined.
const dark = matchMedia("(prefers-color-scheme: dark)");
$("[data-mode-toggle]")?.addEventListener("click", () => {
  const mode = (root.dataset.mode ?? (dark.matches ? "dark" : "light")) === "dark" ? "light" : "dark";
  root.dataset.mode = mode;
  try {
    localStorage.setItem("cm.mode", mode);
  } catch {}
});
for (const form of $$("[data-find]")) startFinder(form);
showCount();
pages[document.body.dataset.page]?.();
addEventListener("storage", showCount);
