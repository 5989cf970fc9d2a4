// Text whose contrast axe cannot judge, because pictures, gradients or pseudo elements lie behind it, judged by pixels.
(() => {
  const view = { left: 0, top: 0, right: innerWidth, bottom: innerHeight };
  const rgba = (text) => (text.match(/[\d.]+/g) ?? []).map(Number);
  const floats = (element) => {
    for (let at = element; at; at = at.parentElement) if (["fixed", "sticky"].includes(getComputedStyle(at).position)) return at;
    return null;
  };
  const clipOf = (element) => {
    let box = view;
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.clipPath.startsWith("inset(50%)")) return null;
      if (style.overflowX === "visible" && style.overflowY === "visible") continue;
      const own = at.getBoundingClientRect();
      box = { left: Math.max(box.left, own.left), top: Math.max(box.top, own.top), right: Math.min(box.right, own.right), bottom: Math.min(box.bottom, own.bottom) };
    }
    return box;
  };
  const covered = (element, x, y) => {
    for (const above of document.elementsFromPoint(x, y)) {
      if (above === element || above.contains(element)) return false;
      const bar = floats(above);
      if (bar && !bar.contains(element)) return true;
    }
    return false;
  };
  const words = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode;
    const element = node.parentElement;
    if (!node.data.trim() || element.closest("script, template, [aria-hidden=true], :disabled, option, noscript")) continue;
    if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    const [style, clip] = [getComputedStyle(element), clipOf(element)];
    if (!clip) continue;
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      const [left, top] = [Math.max(box.left, clip.left), Math.max(box.top, clip.top)];
      const [right, bottom] = [Math.min(box.right, clip.right), Math.min(box.bottom, clip.bottom)];
      if (right - left < 4 || bottom - top < 4 || covered(element, (left + right) / 2, (top + bottom) / 2)) continue;
      words.push({ text: node.data.trim().slice(0, 40), left, top, right, bottom, color: rgba(style.color), limit: large ? 3 : 4.5 });
    }
  }
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("*, ::before, ::after, ::placeholder { color: transparent !important; -webkit-text-fill-color: transparent !important; -webkit-text-stroke-color: transparent !important; text-shadow: none !important; text-decoration-color: transparent !important; transition: none !important; animation: none !important }");
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  return words;
})();
