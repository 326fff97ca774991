/** Texts whose contrast with what is behind them is below WCAG's 4.5 : 1.  */
(() => {
  const channels = (color) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (color) => {
    const [red = 0, green = 0, blue = 0] = channels(color)
      .slice(0, 3)
      .map((value) => value / 255)
      .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    const { backgroundColor } = getComputedStyle(element);
    const isClear = channels(backgroundColor)[3] === 0;
    if (!isClear) return backgroundColor;
    return element.parentElement ? behind(element.parentElement) : 'rgb(255, 255, 255)';
  };
  const ratio = (one, other) => {
    const [light = 0, dark = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  return [...document.querySelectorAll('body *')]
    .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3))
    .filter((element) => element.getClientRects().length > 0 && element.tagName !== 'NOSCRIPT')
    .filter((element) => ratio(getComputedStyle(element).color, behind(element)) < 4.5)
    .map((element) => `${element.tagName}.${element.className}: ${element.textContent}`);
})();
