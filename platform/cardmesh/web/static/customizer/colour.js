// A colour and, while it is being picked, how it reads in light and in dark: by the rules of the theme check.
import { h, t } from "./dom.js";
import { send } from "./server.js";

const WAIT_MS = 150;
const MODES = { light: t("浅色模式", "Light mode"), dark: t("深色模式", "Dark mode") };

export function colour({ value, set, label, desk }) {
  let timer, asked = 0;
  const notes = h("ul", { class: "contrast", "aria-live": "polite" });
  const pick = h("input", { type: "color", value, "aria-label": label, oninput: () => chosen(pick.value) });
  const code = h("input", { type: "text", value, maxlength: 7, pattern: "#[0-9a-fA-F]{6}", "aria-label": `${label} #`, oninput: () => code.checkValidity() && code.value && chosen(code.value) });

  function chosen(next) {
    pick.value = next;
    if (code.value !== next) code.value = next;
    set(next.toLowerCase());
    clearTimeout(timer);
    timer = setTimeout(() => check(next), WAIT_MS);
  }

  async function check(next) {
    const mine = ++asked;
    const { ok, body } = await send("contrast", { look: desk.look, value: next });
    if (!ok || mine !== asked) return;
    notes.replaceChildren(...body.picked.map((one) => note(one, body.needed)), ...body.weak.map(weak));
  }

  const note = ({ mode, ratio, better }, needed) =>
    h("li", { class: "flash danger" },
      t(`${MODES[mode]}：文字对比度仅 ${ratio} : 1，至少需要 ${needed} : 1。`, `${MODES[mode]}: words reach only ${ratio} : 1, they need ${needed} : 1. `),
      h("button", { class: "button small", type: "button", onclick: () => chosen(better) }, t(`改用 ${better}`, `Use ${better}`)));

  const weak = ({ mode, ratio, front, ground }) =>
    h("li", { class: "flash danger" }, t(`${MODES[mode]}：${front} 在 ${ground} 上仅 ${ratio} : 1`, `${MODES[mode]}: ${front} on ${ground} is only ${ratio} : 1`));

  check(value);
  return h("fieldset", {}, h("legend", { class: "label" }, label), h("span", { class: "colour" }, pick, code), notes);
}
