// @ts-check
/** Values as text, as `pages/ui/figures/theme.py` writes them, with the page's percent sign. */

const NONE = "–";
const tenths = new Intl.NumberFormat("en", {
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
  useGrouping: false,
  roundingMode: "halfEven", // as Python rounds
});

/**
 * Put values where a text names them in braces.
 *
 * @param {string} text
 * @param {Record<string, unknown>} values
 */
export const fill = (text, values) =>
  text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));

/** 0.9776 -> "97.8 %" @param {number | null | undefined} fraction */
export const percent = (fraction) =>
  fraction === null || fraction === undefined
    ? NONE
    : tenths.format(100 * fraction) + (document.documentElement.dataset.percent ?? " %");

/**
 * 75 -> "1 min 15 s"
 *
 * @param {number | null} seconds
 * @param {{minutes: string, seconds: string}} words
 */
export function duration(seconds, words) {
  if (seconds === null) return NONE;
  const all = Math.max(0, Math.round(seconds));
  const [m, s] = [Math.floor(all / 60), all % 60];
  return m ? fill(words.minutes, { m, s }) : fill(words.seconds, { n: s });
}
