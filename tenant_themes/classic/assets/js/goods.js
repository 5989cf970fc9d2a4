// Delivered goods: masked until asked for, copied one by one or all, saved as text or table.
const SECRET = ["code", "password", "pin"];
const MASK = "••••••••••••";
let goods = [];
let shownGoods = "";

function showGoods(order, codes) {
  const print = JSON.stringify(codes);
  if (print === shownGoods) return;
  shownGoods = print;
  const names = Object.fromEntries(order.items.map((item) => [item.id, item.name]));
  goods = codes.map((unit) => ({ ...unit, name: names[unit.item] ?? "" }));
  $("[data-codes]").replaceChildren(...goods.map(unitBox));
  show($("[data-goods]"), goods.length > 0);
  const kinds = order.items.map(({ kind }) => kind);
  for (const steps of $$("[data-redeem]")) show(steps, kinds.includes(steps.dataset.redeem));
  // Only keys are in the public log.
  const proof = $("[data-proof]");
  $("a", proof).href = `/-/proof?${new URLSearchParams({ number: order.number, lang: root.lang })}`;
  show(proof, kinds.includes("card_key"));
}

function unitBox(unit) {
  const box = copyOf("unit-template");
  $("h3", box).textContent = `${unit.name} · ${fill(TEXT.unit, { n: unit.unit })}`;
  $("dl", box).append(...unit.credentials.map(credentialRow));
  return box;
}

function credentialRow({ type, label, value }) {
  const row = copyOf("credential-template");
  const [code, reveal, copy] = [$("code", row), $("[data-reveal]", row), $("[data-copy]", row)];
  $("dt", row).textContent = label;
  if (["file", "link"].includes(type) && /^(https?:\/\/|\/(?!\/))/.test(value)) {
    const link = document.createElement("a");
    link.href = value;
    link.className = "button button-small";
    link.append(iconOf(type === "file" ? "download" : "chevron"), type === "file" ? TEXT.download : TEXT.open);
    if (type === "file") link.download = label;
    else Object.assign(link, { target: "_blank", rel: "noopener noreferrer" });
    $("dd", row).replaceChildren(link);
    return row;
  }
  const masked = SECRET.includes(type);
  const flip = (open) => {
    code.textContent = open ? value : MASK;
    reveal.setAttribute("aria-pressed", String(open));
  };
  flip(!masked);
  show(reveal, masked);
  row.addEventListener("reveal", () => flip(true));
  reveal.addEventListener("click", () => flip(code.textContent === MASK));
  copy.addEventListener("click", () => copyText(value));
  return row;
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(TEXT.copied);
  } catch {
    toast(TEXT.copy_failed);
  }
}

const isText = ({ type }) => !["file", "link"].includes(type);
const unitText = (unit) => unit.credentials.filter(isText).map(({ value }) => value).join("----");
const allText = () => goods.map(unitText).filter(Boolean).join("\n");

// A cell that starts like a formula would be run by a spreadsheet; the apostrophe makes it text.
const cell = (text) => `"${String(text).replace(/^[=+\-@\t\r]/, "'$&").replaceAll('"', '""')}"`;
const table = () => goods.flatMap((unit) => unit.credentials.map((one) => [unit.name, unit.unit, one.label, one.value].map(cell).join(","))).join("\r\n");

function save(kind) {
  const text = kind === "csv" ? `\ufeff${table()}\r\n` : `${allText()}\n`;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: kind === "csv" ? "text/csv" : "text/plain" }));
  link.download = `${$("[data-number]").textContent}.${kind}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 5000);
}

function startGoods() {
  $("[data-reveal-all]").addEventListener("click", () => $$(".credential").forEach((row) => row.dispatchEvent(new Event("reveal"))));
  $("[data-copy-all]").addEventListener("click", () => copyText(allText()));
  for (const button of $$("[data-save]")) button.addEventListener("click", () => save(button.dataset.save));
}
