// Ctrl-K: asks the server while one types, moves through the answers by arrow keys, opens one by Enter.
const dialog = document.getElementById("finder");
const field = dialog.querySelector("input");
const list = document.getElementById("found");
let asked = 0, waiting, chosen = -1;

const options = () => [...list.querySelectorAll("a[role=option]")];

const choose = (index) => {
  const all = options();
  all[chosen]?.setAttribute("aria-selected", "false");
  chosen = all.length ? (index + all.length) % all.length : -1;
  all[chosen]?.setAttribute("aria-selected", "true");
  all[chosen]?.scrollIntoView({ block: "nearest" });
  if (chosen < 0) field.removeAttribute("aria-activedescendant");
  else field.setAttribute("aria-activedescendant", all[chosen].id);
};

const ask = async () => {
  const mine = ++asked;
  const answer = await fetch(`${dialog.dataset.results}?${new URLSearchParams({ q: field.value })}`);
  const found = await answer.text();
  if (!answer.ok || answer.redirected || mine !== asked) return;
  list.innerHTML = found;
  chosen = -1;
  field.setAttribute("aria-expanded", String(options().length > 0));
  choose(0);
};

const open = () => {
  if (dialog.open) return;
  dialog.showModal();
  field.select();
  ask();
};

for (const button of document.querySelectorAll("[data-finder]")) {
  button.addEventListener("click", (event) => { event.preventDefault(); open(); });
}

document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return;
  event.preventDefault();
  if (dialog.open) dialog.close();
  else open();
});

field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 120); });

field.addEventListener("keydown", (event) => {
  if (event.isComposing) return; // Enter ends a word in an input method first
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) { event.preventDefault(); choose(chosen + step); }
  if (event.key === "Enter" && chosen >= 0) { event.preventDefault(); options()[chosen].click(); }
});

dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
