// Draws one Plotly figure in place. Called by Streamlit at mount and at every change of `data`.
const SOURCE = "/vendor/plotly.min.js";

function loadPlotly() {
  window.__labPlotly ??= new Promise((resolve, reject) => {
    const onload = () => resolve(window.Plotly);
    const onerror = () => reject(new Error("plotly.js could not be loaded"));
    document.head.append(
      Object.assign(document.createElement("script"), { src: SOURCE, onload, onerror }),
    );
  });
  return window.__labPlotly;
}

// Add what all charts share to a figure's layout: colours of Streamlit's theme, light or dark, at
// each draw; margins that grow with the labels; the legend above the plot, the tools to its right.
function themed(layout, host, { height, size }, tools) {
  const style = getComputedStyle(host);
  const text = style.getPropertyValue("--st-text-color").trim() || style.color;
  const paper = style.getPropertyValue("--st-background-color").trim() || "Canvas";
  const line = "rgba(128, 132, 149, 0.3)";
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
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", ...layout.legend },
    font: { color: text, family: style.fontFamily, size, ...layout.font },
  };
}

export default function ({ parentElement, setTriggerValue, data }) {
  const [spec, how] = JSON.parse(new TextDecoder().decode(data));
  const host = parentElement.querySelector(".lab-live-plot");
  host.ariaLabel = how.label;
  // Plotly mistakes where the pointer is in an element that CSS has zoomed.
  host.style.zoom = String(1 / how.zoom);
  host.dataset.points = String(spec.data.reduce((n, t) => n + (t.x?.length ?? 0), 0));
  const tools = matchMedia("(hover: hover)").matches; // too small for a finger
  let gone = false;
  loadPlotly().then((Plotly) => {
    if (gone) return;
    for (const { textfont } of spec.data) if (textfont?.size) textfont.size *= how.zoom;
    Plotly.react(host, spec.data, themed(spec.layout, host, how, tools), {
      responsive: true,
      displaylogo: false,
      displayModeBar: tools ? "hover" : false,
      // Plotly offers to send a chart to its makers: nothing leaves this place.
      showSendToCloud: false,
      plotlyServerURL: "",
      modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
    });
    host.removeAllListeners("plotly_click");
    if (how.clickable) {
      host.on("plotly_click", ({ points: [{ x, y }] }) => setTriggerValue("clicked", [x, y]));
    }
    host.dataset.drawn = String(Number(host.dataset.drawn ?? 0) + 1);
  });
  return () => {
    gone = true;
  };
}
