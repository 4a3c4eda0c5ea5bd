// What a page does besides showing its notebook. Outputs call `notebookPage.run`; all else waits until the page is read.
const notebookPage = (() => {
  'use strict';
  const root = document.documentElement;
  root.classList.add('page-script');
  const icon = document.createElement('link'); // without one, browsers ask the server for one
  icon.rel = 'icon';
  icon.href = 'data:,';
  document.head.append(icon);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const button = name => document.querySelector(`.page-${name}-button`);

  // A script of an output, in a function of its own, with the output's element, as JupyterLab runs it.
  function run(code) {
    const element = document.currentScript.previousElementSibling;
    try {
      new Function('element', code).call(window, element);
    } catch (error) {
      element.textContent = `Javascript Error: ${error.message}`;
      console.warn(error);
    }
  }

  // HTML that no page can hold as it is goes in as JupyterLab puts it in.
  function fill(place) {
    const html = place.dataset.pageHtml;
    delete place.dataset.pageHtml;
    place.innerHTML = html;
    for (const old of all('script', place)) {
      const fresh = document.createElement('script');
      for (const { name, value } of old.attributes) {
        fresh.setAttribute(name, value);
      }
      fresh.textContent = old.textContent;
      old.replaceWith(fresh);
    }
  }

  // --- theme: the reader's choice is kept for this site, where the browser allows it
  const THEMES = { system: 'Theme: system', light: 'Theme: light', dark: 'Theme: dark' };
  const kept = {
    get: () => {
      try {
        return localStorage.getItem('notebook-page-theme');
      } catch {
        return null;
      }
    },
    set: value => {
      try {
        localStorage.setItem('notebook-page-theme', value);
      } catch {
        // a page from disk, or a browser that keeps nothing
      }
    }
  };
  const keptTheme = () => {
    const value = kept.get();
    return value in THEMES ? value : 'system';
  };
  let theme = keptTheme();
  function showTheme() {
    root.dataset.pageTheme = theme;
    if (button('theme')) {
      button('theme').textContent = THEMES[theme];
    }
  }
  showTheme();

  function startTheme() {
    showTheme();
    const change = chosen => {
      theme = chosen;
      showTheme();
      adjustColours();
    };
    button('theme').addEventListener('click', () => {
      const names = Object.keys(THEMES);
      const next = names[(names.indexOf(theme) + 1) % names.length];
      kept.set(next);
      change(next);
    });
    // the choice was made on another page of this site, or reaches this one only after its start
    addEventListener('storage', () => keptTheme() !== theme && change(keptTheme()));
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', adjustColours);
  }

  // --- contents
  function startContents() {
    const list = document.getElementById('page-contents');
    const opener = button('contents');
    if (!list || !opener) {
      return;
    }
    const show = open => {
      list.classList.toggle('page-open', open);
      opener.setAttribute('aria-expanded', String(open));
    };
    opener.addEventListener('click', () => show(opener.getAttribute('aria-expanded') !== 'true'));
    list.addEventListener('click', event => event.target.closest('a') && show(false));
    document.addEventListener('keydown', event => {
      if (event.key === 'Escape' && list.classList.contains('page-open')) {
        show(false);
        opener.focus();
      }
    });
    const links = new Map(all('a', list).map(link => [decodeURIComponent(link.hash.slice(1)), link]));
    const headings = [...links.keys()].map(id => document.getElementById(id)).filter(Boolean);
    const mark = () => {
      const seen = headings.filter(each => !each.closest('details:not([open])'));
      const passed = seen.filter(each => each.getBoundingClientRect().top < 120);
      const current = passed.length ? passed[passed.length - 1] : seen[0];
      for (const [id, link] of links) {
        link.toggleAttribute('aria-current', current && current.id === id);
      }
    };
    let waiting = false;
    addEventListener(
      'scroll',
      () => {
        if (!waiting) {
          waiting = true;
          requestAnimationFrame(() => {
            waiting = false;
            mark();
          });
        }
      },
      { passive: true }
    );
    mark();
  }

  // --- sections below collapsed headings: links lead into them, and what is in them is drawn to fit
  function openSectionsOf(link) {
    let name = link.hash.slice(1);
    try {
      name = decodeURIComponent(name);
    } catch {
      // as written
    }
    const place = document.getElementById(name);
    for (let each = place; each; each = each.parentElement) {
      if (each.matches('details.page-section:not([open])')) {
        each.open = true;
      }
    }
    return place;
  }

  function startSections() {
    const sections = all('details.page-section');
    if (!sections.length) {
      return;
    }
    for (const section of sections) {
      const entry = document.querySelector(`[data-page-section="${section.id}"]`);
      section.addEventListener('toggle', () => {
        if (entry) {
          entry.open = section.open;
        }
        dispatchEvent(new Event('resize'));
      });
    }
    document.addEventListener('click', event => {
      const link = event.target.closest('a[href^="#"]');
      if (link) {
        openSectionsOf(link);
      }
    });
    addEventListener('hashchange', () => openSectionsOf(location));
    openSectionsOf(location)?.scrollIntoView();
  }

  // --- code
  function startCode() {
    const parts = all('details.page-code');
    const opener = button('code');
    const show = () => {
      const shown = parts.some(each => each.open);
      opener.textContent = shown ? 'Hide code' : 'Show code';
      opener.setAttribute('aria-pressed', String(shown));
    };
    if (opener) {
      opener.addEventListener('click', () => {
        const open = !parts.some(each => each.open);
        parts.forEach(each => {
          each.open = open;
        });
        show();
      });
      parts.forEach(each => each.addEventListener('toggle', show));
    }
    for (const box of all('.highlight')) {
      const copy = document.createElement('button');
      copy.type = 'button';
      copy.className = 'page-copy';
      copy.textContent = 'Copy';
      copy.setAttribute('aria-label', 'Copy code');
      copy.addEventListener('click', () => copyText(box.querySelector('pre').innerText, copy));
      box.parentElement.classList.contains('jp-InputArea')
        ? box.parentElement.append(copy)
        : box.append(copy);
    }
  }

  async function copyText(text, copy) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // a page that was not fetched by https has no clipboard
      const area = document.createElement('textarea');
      area.value = text;
      area.style.position = 'fixed';
      document.body.append(area);
      area.select();
      document.execCommand('copy');
      area.remove();
      copy.focus();
    }
    copy.textContent = 'Copied';
    setTimeout(() => {
      copy.textContent = 'Copy';
    }, 2000);
  }

  // --- links
  function startLinks() {
    for (const heading of all('main :is(h1,h2,h3,h4,h5,h6)[id]')) {
      if (heading.closest('.jp-RenderedMarkdown')) {
        const link = document.createElement('a');
        link.className = 'page-anchor';
        link.href = `#${encodeURIComponent(heading.id)}`;
        link.setAttribute('aria-label', 'Link to this heading');
        heading.append(link);
      }
    }
    const named = new Map(all('[id]').map(each => [each.id.toLowerCase(), each.id]));
    for (const link of all('main a[href^="#"]')) {
      let wanted = link.getAttribute('href').slice(1);
      try {
        wanted = decodeURIComponent(wanted);
      } catch {
        // as written
      }
      const found = named.get(wanted.toLowerCase());
      if (found && !document.getElementById(wanted) && !document.getElementsByName(wanted).length) {
        link.setAttribute('href', `#${found}`);
      }
    }
  }

  // Only what scrolls is a stop for the Tab key.
  function markScrolling() {
    const boxes = 'pre[tabindex], .page-table, .jp-OutputArea-output[tabindex], .jp-mod-outputsScrolled';
    for (const box of all(`${boxes}, [data-page-scrolls]`)) {
      const scrolls = box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
      box.dataset.pageScrolls = scrolls ? 'yes' : 'no'; // it may scroll later, when it is opened
      if (scrolls) {
        box.tabIndex = 0;
      } else {
        box.removeAttribute('tabindex');
      }
    }
  }

  let marking = 0;
  function markScrollingSoon() {
    cancelAnimationFrame(marking);
    marking = requestAnimationFrame(markScrolling);
  }

  // Paper does not scroll: tables of many columns are printed smaller.
  function markWideTables() {
    for (const table of all('main table')) {
      const columns = table.rows.length ? table.rows[0].cells.length : 0;
      if (columns > 8) {
        table.dataset.pageColumns = columns > 16 ? 'most' : 'many';
      }
    }
  }

  // --- colours that authors set: text gets the least change of lightness that makes it readable
  const CONTRAST = 4.5;
  const sheet = document.createElement('style');
  const parse = colour => {
    const found = /^rgba?\(([\d.]+),? ([\d.]+),? ([\d.]+)(?:,? ?\/? ?([\d.]+))?\)$/.exec(colour);
    return found && [+found[1], +found[2], +found[3], found[4] === undefined ? 1 : +found[4]];
  };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map(each => {
      const part = each / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const contrast = (one, other) => {
    const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };

  function groundOf(node, known) {
    if (!node) {
      return [255, 255, 255, 1];
    }
    if (!known.has(node)) {
      const style = getComputedStyle(node);
      const own = parse(style.backgroundColor);
      const picture = style.backgroundImage !== 'none' && node !== document.body;
      const under = () => groundOf(node.parentElement, known);
      known.set(node, picture ? null : own && own[3] === 1 ? own : under() && over(own || [0, 0, 0, 0], under()));
    }
    return known.get(node);
  }

  // Grey text gets the page's own black or white: nobody chose that grey for its hue.
  function readable(ink, ground) {
    if (Math.max(...ink.slice(0, 3)) - Math.min(...ink.slice(0, 3)) < 24) {
      const own = light(ground) > 0.18 ? [27, 33, 39] : [227, 230, 233];
      if (contrast(own, ground) >= CONTRAST) {
        return own;
      }
    }
    const goal = light(ground) > 0.18 ? [0, 0, 0] : [255, 255, 255];
    for (let part = 0; part <= 1; part += 0.05) {
      const mixed = ink.slice(0, 3).map((each, index) => Math.round(each + (goal[index] - each) * part));
      if (contrast(mixed, ground) >= CONTRAST + 0.05) {
        return mixed;
      }
    }
    return goal;
  }

  function adjustColours() {
    sheet.textContent = '';
    all('[data-page-ink]').forEach(each => delete each.dataset.pageInk);
    const grounds = new Map();
    const inks = new Map();
    const changes = [];
    for (const box of all('[data-page-colours]')) {
      for (const node of [box, ...all('*', box)]) {
        const hasText = [...node.childNodes].some(each => each.nodeType === 3 && each.data.trim());
        if (!hasText || node.closest('svg, script, style, .page-math mjx-container, .page-copy')) {
          continue;
        }
        const ink = parse(getComputedStyle(node).color);
        const ground = ink && groundOf(node, grounds);
        const seen = ground && over(ink, ground);
        if (seen && contrast(seen, ground) < CONTRAST) {
          changes.push([node, readable(seen, ground).join(' ')]);
        }
      }
    }
    for (const [node, ink] of changes) {
      if (!inks.has(ink)) {
        inks.set(ink, inks.size);
      }
      node.dataset.pageInk = inks.get(ink);
    }
    const rules = [...inks].map(([ink, number]) => `[data-page-ink="${number}"]{color:rgb(${ink})!important}`);
    sheet.textContent = rules.length ? `@media screen{${rules.join('')}}` : '';
  }

  // --- PDF: shown where the browser can, as JupyterLab does; pages that a server keeps apart may not
  function startDocuments() {
    const apart = origin === 'null' && location.protocol !== 'file:';
    for (const link of navigator.pdfViewerEnabled && !apart ? all('a.page-pdf') : []) {
      try {
        const content = Uint8Array.from(atob(link.href.split(',')[1]), each => each.charCodeAt(0));
        const viewer = document.createElement('embed');
        viewer.type = 'application/pdf';
        viewer.title = 'PDF';
        viewer.src = URL.createObjectURL(new Blob([content], { type: viewer.type }));
        link.before(viewer);
      } catch {
        // not the text of a file: the link stays
      }
    }
  }

  async function startDiagrams() {
    if (window.mermaid) {
      const texts = new Map(all('.page-mermaid').map(each => [each, each.textContent]));
      const dark = getComputedStyle(root).getPropertyValue('--jp-layout-color0').trim() === '#111';
      mermaid.initialize({ startOnLoad: false, suppressErrorRendering: true, theme: dark ? 'dark' : 'default' });
      await mermaid.run({ querySelector: '.page-mermaid', suppressErrors: true });
      for (const [place, text] of texts) {
        if (!place.querySelector('svg')) {
          place.textContent = text; // no diagram: its text is all there is
        }
      }
    }
  }

  document.addEventListener('DOMContentLoaded', () => {
    document.head.append(sheet);
    all('[data-page-html]').forEach(fill);
    all('main th').forEach(each => {
      if (!each.textContent.trim() && !each.children.length) {
        each.setAttribute('role', 'cell'); // pandas' corner is the head of nothing
      }
    });
    all('.task-list-item-checkbox').forEach(each => each.setAttribute('aria-label', 'Task'));
    startTheme();
    startLinks();
    startContents();
    startSections();
    startCode();
    startDiagrams();
    startDocuments();
    adjustColours();
  });
  document.addEventListener('toggle', markScrollingSoon, true);
  addEventListener('load', () => {
    markScrolling();
    markWideTables();
    adjustColours();
  });
  return { run };
})();
