// @ts-check
// Runs the script again when a topic of the live channel is no longer what the script has seen.
// Called by Streamlit at mount and at every change of `data`.

/** @param {any} component */
export default function ({ parentElement, setTriggerValue, data: bytes }) {
  const data = JSON.parse(new TextDecoder().decode(bytes));
  const root = parentElement.querySelector("span");
  root.end?.(); // Streamlit ends at its unmount alone what was begun with other data
  let gone = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {(() => void)[]} */
  const ends = [];
  import(`${location.origin}${data.modules}/live.js`).then(({ subscribe }) => {
    if (gone) return;
    for (const [topic, seen] of Object.entries(data.seen)) {
      ends.push(
        subscribe(topic, (/** @type {any} */ { number, value, gone: isGone }) => {
          const now = isGone ? null : (value?.version ?? value);
          if (JSON.stringify(now) === JSON.stringify(seen)) return;
          // Once for each change: the script may see more than the topic, or less.
          const asked = (root.asked ??= new Map());
          if (asked.get(topic) === number) return;
          const wait = Math.max(0, (root.last ?? -Infinity) + data.every - performance.now());
          clearTimeout(timer);
          timer = setTimeout(() => {
            asked.set(topic, number);
            root.last = performance.now();
            setTriggerValue("changed", number);
          }, wait);
        }),
      );
    }
  });
  root.end = () => {
    gone = true;
    clearTimeout(timer);
    ends.forEach((end) => end());
  };
  return root.end;
}
