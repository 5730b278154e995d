// @ts-check
// Shows how many members have given something to the activity of now, and the time left. Called by
// Streamlit at mount and at every change of `data`.

/** @param {any} component */
export default function (component) {
  const data = JSON.parse(new TextDecoder().decode(component.data));
  const root = component.parentElement.querySelector(".lab-class-progress");
  root.end?.(); // Streamlit ends at its unmount alone what was begun with other data
  const [label, bar, time] = root.children;
  let gone = false;
  let stop = () => {};
  let ends = /** @type {number | null} */ (null);
  let ahead = 0; // the server's clock before this one's, in seconds
  const load = (/** @type {string} */ name) => import(`${location.origin}${data.modules}/${name}.js`);
  Promise.all(["board_record", "board_parts", "text"].map(load)).then(([records, parts, { fill }]) => {
    if (gone) return;
    const tick = () => {
      const left = ends === null ? 0 : ends - (Date.now() / 1000 + ahead);
      time.textContent = left > 0 ? parts.clock(left) : "";
    };
    const timer = setInterval(tick, 250);
    const end = records.follow(data.code, (/** @type {import("./board_record.js").Board} */ board) => {
      const { members, school } = board;
      ahead = board.ahead;
      const activity = school?.activity;
      const n = members.filter(({ given }) => given).length;
      label.textContent = fill(data.words[activity?.kind ?? ""] ?? data.words.question, { n, all: members.length });
      bar.max = Math.max(1, members.length);
      bar.value = n;
      bar.ariaLabel = label.textContent;
      ends = activity?.open ? activity.ends : null;
      tick();
    });
    stop = () => {
      clearInterval(timer);
      end();
    };
  });
  root.end = () => {
    gone = true;
    stop();
  };
  return root.end;
}
