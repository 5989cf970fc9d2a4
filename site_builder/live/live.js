// While a theme is being made: reload when the pages were built again, and say what is wrong, with its place.
const panel = document.createElement("aside");
panel.id = "live-panel";
panel.setAttribute("role", "status");
// The build this page is of: a change may be built before the first look.
const seen = Number(new URL(import.meta.url).searchParams.get("built"));

function line(problem) {
  const row = document.createElement("li");
  const [place, words] = ["b", "span"].map((tag) => document.createElement(tag));
  row.className = `live-${problem.level}`;
  place.textContent = problem.line ? `${problem.file}:${problem.line}` : problem.file;
  words.textContent = problem.fix ? `${problem.message} → ${problem.fix}` : problem.message;
  row.append(place, words);
  return row;
}

function show(state) {
  const head = document.createElement("p");
  head.textContent = state.summary;
  const list = document.createElement("ul");
  list.append(...state.problems.map(line));
  panel.replaceChildren(head, list);
  panel.dataset.state = state.problems.length ? "faults" : "clean";
  if (!panel.isConnected) document.body.append(panel);
}

async function look() {
  const answer = await fetch("/_live/state.json").catch(() => undefined);
  if (answer?.ok) {
    const state = await answer.json();
    if (state.built !== seen) return location.reload();
    show(state);
  }
  setTimeout(look, 500);
}

look();
