/** Change the rules of this page so that it looks as on a dark or a light system, or on paper. */
function showAs(look) {
  const dark = look === 'dark';
  const always = '(min-width: 0)';
  const never = '(max-width: 0)';
  const changed = query => {
    const text = query
      .replaceAll(/\(prefers-color-scheme: *dark\)/g, dark ? always : never)
      .replaceAll(/\(prefers-color-scheme: *light\)/g, dark ? never : always);
    const swap = { screen: 'print', print: 'all' };
    return look === 'print' ? text.replaceAll(/\b(?:screen|print)\b/g, medium => swap[medium]) : text;
  };
  const visit = rules => {
    for (const rule of rules) {
      if (rule instanceof CSSMediaRule) {
        rule.media.mediaText = changed(rule.media.mediaText);
      }
      if (rule.cssRules) {
        visit(rule.cssRules);
      }
    }
  };
  document.documentElement.dataset.pageTheme = dark ? 'dark' : 'light';
  document.documentElement.style.colorScheme = dark ? 'dark' : 'light';
  for (const sheet of document.styleSheets) {
    try {
      visit(sheet.cssRules);
    } catch {
      // A sheet of another site keeps its rules to itself.
    }
  }
}
