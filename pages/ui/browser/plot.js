// @ts-check
/** Plotly figures that are drawn in place, in the colours of the page. */

const SOURCE = "/vendor/plotly.min.js";

/**
 * @typedef {{data: any[], layout: any}} Figure  as Plotly has it
 * @typedef {{label: string, clickable: boolean, size: number, height: number, zoom: number}} Look
 *   `size` of the letters and `height` in CSS pixels; `zoom` by which CSS enlarges the page.
 */

/** @returns {Promise<any>} */
function loadPlotly() {
  const page = /** @type {any} */ (window);
  page.__labPlotly ??= new Promise((resolve, reject) => {
    const onload = () => resolve(page.Plotly);
    const onerror = () => {
      page.__labPlotly = null;
      reject(new Error("plotly.js could not be loaded"));
    };
    document.head.append(
      Object.assign(document.createElement("script"), { src: SOURCE, onload, onerror }),
    );
  });
  return page.__labPlotly;
}

/**
 * Add what all charts share to a figure's layout: colours of Streamlit's theme, light or dark, at
 * each draw; margins that grow with the labels; the legend above the plot, the tools to its right.
 *
 * @param {any} layout
 * @param {HTMLElement} host
 * @param {Look} look
 * @param {boolean} tools
 */
function themed(layout, host, { height, size }, tools) {
  const style = getComputedStyle(host);
  const text = style.getPropertyValue("--st-text-color").trim() || style.color;
  const paper = style.getPropertyValue("--st-background-color").trim() || "Canvas";
  const line = "rgba(128, 132, 149, 0.3)";
  const small = Math.round(0.86 * size);
  /** @type {Record<string, any>} */
  const axes = {};
  for (const [name, axis] of Object.entries(layout)) {
    if (/^[xy]axis\d*$/.test(name)) {
      const look = { gridcolor: line, zerolinecolor: line, linecolor: line, automargin: true };
      axes[name] = { ...look, ...axis, title: { standoff: 8, ...axis.title } };
    }
  }
  const margin = { l: 64, r: 12, t: 12, b: 48, ...layout.margin };
  return {
    height,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    hovermode: "closest",
    // Plotly takes these from its paper, which lets the page through.
    modebar: { bgcolor: "rgba(0,0,0,0)", color: "rgb(128, 132, 149)", activecolor: text, orientation: "v" },
    hoverlabel: { bgcolor: paper, bordercolor: line, font: { color: text } },
    ...layout,
    ...axes,
    margin: tools ? { ...margin, r: Math.max(margin.r, 40) } : margin,
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { size: small }, ...layout.legend },
    font: { color: text, family: style.fontFamily, size, ...layout.font },
  };
}

/** How many points a figure has. @param {Figure} figure */
const points = ({ data }) => data.reduce((n, trace) => n + (trace.x?.length ?? 0), 0);

/**
 * Draw a figure where another may have been: zoom and hidden legend entries stay.
 *
 * @param {HTMLElement} host
 * @param {Figure} figure
 * @param {Look} look
 * @param {{onClick?: (place: [any, any]) => void, isWanted?: () => boolean}} [more]
 *   `isWanted` is asked when Plotly has been loaded
 */
export async function draw(host, figure, look, { onClick, isWanted } = {}) {
  host.ariaLabel = look.label;
  // Plotly mistakes where the pointer is in an element that CSS has zoomed.
  host.style.zoom = String(1 / look.zoom);
  host.dataset.points = String(points(figure));
  const tools = matchMedia("(hover: hover)").matches; // too small for a finger
  const Plotly = await loadPlotly();
  if (isWanted && !isWanted()) return;
  for (const { textfont } of figure.data) if (textfont?.size) textfont.size *= look.zoom;
  await Plotly.react(host, figure.data, themed(figure.layout, host, look, tools), {
    responsive: true,
    displaylogo: false,
    displayModeBar: tools ? "hover" : false,
    // Plotly offers to send a chart to its makers: nothing leaves this place.
    showSendToCloud: false,
    plotlyServerURL: "",
    modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
  });
  const plot = /** @type {any} */ (host);
  plot.removeAllListeners("plotly_click");
  if (onClick) {
    plot.on("plotly_click", (/** @type {any} */ { points: [{ x, y }] }) => onClick([x, y]));
  }
  host.dataset.drawn = String(Number(host.dataset.drawn ?? 0) + 1);
}
