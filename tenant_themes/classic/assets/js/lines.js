// Lines of goods with a live quote, as cart and checkout show them.
const quoteOf = (lines, coupon) => api("/quote", { body: { items: lines.map(({ sku, quantity }) => ({ sku, quantity })), ...(coupon && { coupon }) } });

function lineOf(line, changed) {
  const item = copyOf("line-template");
  const [name, input] = [document.createElement(line.url ? "a" : "span"), $("input", item)];
  Object.assign(name, { className: "line-name", textContent: line.name ?? "…", ...(line.url && { href: line.url }) });
  $(".line-text", item).prepend(name);
  input.max = line.max ?? 9999;
  input.value = line.quantity;
  onStep($(".stepper", item), (quantity) => changed({ ...line, quantity }));
  $(".line-drop", item).addEventListener("click", () => changed(null));
  return item;
}

// Keeps a list on the page in step with `lines`; `onQuote(quote or null, problem)` hears each answer.
function lineList(list, lines, { onLines, onQuote, coupon = () => "" }) {
  let turn = 0;
  const quote = async () => {
    const mine = ++turn;
    try {
      const answer = lines.length ? await quoteOf(lines, coupon()) : null;
      if (mine === turn) apply(answer);
    } catch (problem) {
      if (mine === turn) onQuote(null, problem);
    }
  };
  const soon = later(250, quote);
  const apply = (answer) => {
    answer?.items.forEach((item) => {
      const at = lines.findIndex((line) => line.sku === item.sku);
      const row = list.children[at];
      if (!row) return;
      lines[at].name ??= item.name;
      if (!$(".line-name", row).href) $(".line-name", row).textContent = item.name;
      $(".line-sub", row).textContent = item.unit_price ? money(item.unit_price) : "";
      $(".line-total", row).textContent = item.total ? money(item.total) : "";
      $(".line-warn", row).textContent = TEXT.unavailable;
      show($(".line-warn", row), item.available === false);
    });
    onQuote(answer);
  };
  const draw = () => {
    list.replaceChildren(
      ...lines.map((line, at) =>
        lineOf(line, (next) => {
          if (next) lines[at] = next;
          else lines.splice(at, 1);
          onLines(lines);
          if (!next) draw();
          else soon();
        }),
      ),
    );
    quote();
  };
  draw();
  return { quote };
}
