// The consoles' small script: menu, times, copy buttons, pages that refresh while work is under way.
const byData = (name) => document.querySelectorAll(`[data-${name}]`);

for (const button of byData("toggle")) {
  button.addEventListener("click", () => {
    const target = document.getElementById(button.dataset.toggle === "navigation" ? "navigation" : button.dataset.toggle);
    const open = target.classList.toggle("open");
    button.setAttribute("aria-expanded", String(open));
  });
}

document.querySelector(".sidebar [aria-current]")?.scrollIntoView({ block: "nearest" });

// Times stand in China Standard Time, as days are counted; who points at one reads it in their own.
for (const time of document.querySelectorAll("time[datetime]")) {
  const moment = new Date(time.dateTime);
  if (!Number.isNaN(moment.valueOf())) time.title = moment.toString();
}

// Listens at the top: a piece of page that was fetched later has copy buttons, too.
document.addEventListener("click", async ({ target }) => {
  const button = target.closest?.("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
  const label = button.textContent;
  button.textContent = button.dataset.done;
  setTimeout(() => { button.textContent = label; }, 1500);
});

for (const form of byData("confirm")) {
  form.addEventListener("submit", (event) => { if (!window.confirm(form.dataset.confirm)) event.preventDefault(); });
}

for (const part of byData("refresh")) {
  const seconds = Number(part.dataset.refresh);
  setTimeout(() => window.location.reload(), Math.max(1, seconds) * 1000);
}

// A form that shows what it would do: its answer is fetched while one types and put into the named part of the page.
for (const form of byData("preview")) {
  const target = document.getElementById(form.dataset.into);
  let waiting, asked = 0;
  const show = async () => {
    const mine = ++asked;
    const fields = new URLSearchParams(new FormData(form));
    fields.delete("csrf_token");
    const answer = await fetch(`${form.dataset.preview}?${fields}`, { headers: { Accept: "text/html" } });
    const text = await answer.text();
    if (!answer.ok || mine !== asked) return;
    target.innerHTML = text;
    stack();
  };
  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(show, 200); });
}

// One box ticks all rows of its table.
for (const all of byData("tick-all")) {
  const boxes = all.closest("table").querySelectorAll('input[type="checkbox"][name="chosen"]');
  all.addEventListener("change", () => { for (const box of boxes) box.checked = all.checked; });
}

// A slider says what it stands at.
for (const output of document.querySelectorAll("output[for]")) {
  const source = document.getElementById(output.htmlFor.value);
  const show = () => { output.value = `${source.value}${output.dataset.unit ?? ""}`; };
  source.addEventListener("input", show);
  show();
}

// On a phone a row stands as a card: each cell says what it is. Lists say so in the page, other tables by their head.
function stack() {
  for (const table of document.querySelectorAll("table:not(.stacks, .figures)")) {
    const heads = [...table.querySelectorAll("thead th")];
    const names = heads.map((head) => (head.querySelector(".unseen") ? "" : head.textContent.trim()));
    for (const row of table.querySelectorAll(":is(tbody, tfoot) tr")) {
      let at = 0;
      for (const cell of row.cells) {
        if (names[at] && cell.tagName === "TD") cell.dataset.label = names[at];
        at += cell.colSpan;
      }
    }
    table.classList.add("stacks");
  }
}
stack();

// A table that is wider than the screen can be scrolled by keyboard, too.
const reachable = () => {
  for (const part of document.querySelectorAll(".table-wrap")) {
    if (part.scrollWidth > part.clientWidth) part.tabIndex = 0;
    else part.removeAttribute("tabindex");
  }
};
reachable();
window.addEventListener("resize", reachable);
