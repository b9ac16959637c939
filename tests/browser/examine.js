// What axe finds on the page in the look that it has now: [options for all rules but contrast, texts that it passed before].
//
// Working out what a text stands on is nine tenths of axe's time. It depends on the colours, size and weight of the text and on the grounds
// behind it: where axe had nothing against a text in the same markup, styled the same, in the same look, it is not asked again.
async ([options, passed]) => {
  const quick = {resultTypes: ["violations"], preload: {assets: ["media"]}};
  const told = (violations) => {
    const about = (node) => `${node.html.slice(0, 200)} (${node.failureSummary.split("\n").slice(1, 3).join(" ").trim()})`;
    return violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${about(node)}`));
  };
  const hash = (text) => {
    let [first, second] = [0xdeadbeef, 0x41c6ce57];
    for (let at = 0; at < text.length; at++) {
      first = Math.imul(first ^ text.charCodeAt(at), 2654435761);
      second = Math.imul(second ^ text.charCodeAt(at), 1597334677);
    }
    return (first >>> 0).toString(36) + (second >>> 0).toString(36);
  };
  const contrast = async () => {
    const known = new Set(passed.split(" ")), grounds = new Map();
    const ground = (one) => {
      if (!one) return "";
      if (!grounds.has(one)) {
        const {backgroundColor, backgroundImage, opacity, position, filter, mixBlendMode, zIndex} = getComputedStyle(one);
        const markup = [one.localName, one.getAttribute("class"), one.getAttribute("style"), one.matches(":disabled, [aria-disabled=true]")];
        const here = [...markup, backgroundColor, backgroundImage, opacity, position, filter, mixBlendMode, zIndex];
        grounds.set(one, `${here.join("|")}<${ground(one.parentElement)}`);
      }
      return grounds.get(one);
    };
    const key = (one) => {
      const {color, fontSize, fontWeight, textShadow, textDecorationLine} = getComputedStyle(one);
      return hash([color, fontSize, fontWeight, textShadow, textDecorationLine, ground(one)].join("|"));
    };
    const holdsText = (one) => one.matches("input, select, textarea") || [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    const shown = [...document.body.querySelectorAll("*")].filter((one) => holdsText(one) && one.checkVisibility({visibilityProperty: true}));
    const unknown = shown.filter((one) => !known.has(key(one)));
    if (!unknown.length) return {wrong: [], passed: ""};
    const asked = {...quick, resultTypes: ["violations", "incomplete"], runOnly: ["color-contrast"], elementRef: true};
    const found = await axe.run({include: unknown}, asked);
    const doubtful = new Set([...found.violations, ...found.incomplete].flatMap((rule) => rule.nodes.map((node) => node.element)));
    const sound = unknown.filter((one) => !doubtful.has(one)).map(key);
    return {wrong: told(found.violations), passed: [...new Set(sound)].join(" ")};
  };
  // Colours that are on their way from one look to the next are judged where they arrive.
  document.getAnimations().forEach((one) => one.finish());
  const beside = await axe.run(document, {...quick, ...options});
  const {wrong, passed: more} = await contrast();
  return {wrong: [...told(beside.violations), ...wrong], passed: more};
}
