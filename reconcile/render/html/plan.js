'use strict';
// Only the rows in sight are in the document. Text reaches it by textContent
// alone: names are strangers' text.
(() => {
const data = JSON.parse(document.getElementById('data').textContent);
const items = data.items;
const $ = id => document.getElementById(id);
const list = $('list'), details = $('details'), search = $('search');
const fields = ['account', 'type', 'action', 'reason', 'cause', 'outcome'];
const many = items.some(it => it.account !== items[0].account);
const words = s => s.replaceAll('_', ' ');
const number = n => n.toLocaleString('en');

// Elements

function make(name, className, text) {
	const e = document.createElement(name);
	if (className) e.className = className;
	if (text !== undefined) e.textContent = text;
	return e;
}

function icon(name) {
	const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
	const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
	const known = ['image', 'voice', 'video', 'news', 'copy'].includes(name);
	use.setAttribute('href', '#icon-' + (known ? name : 'news'));
	svg.setAttribute('aria-hidden', 'true');
	svg.append(use);
	return svg;
}

// unseen is the set of pictures that could not be had: they are asked for once.
const unseen = new Set();

// picture fills box with the item's picture in one of sizes, the first that is
// there, or with an icon.
function picture(box, it, sizes) {
	const sources = it.picture ? [it.picture] : it.image ? sizes.map(size => 'https://' + it.image + '/' + size) : [];
	const next = () => {
		const source = sources.find(s => !unseen.has(s));
		if (!source) return box.replaceChildren(icon(it.type));
		const img = make('img');
		img.referrerPolicy = 'no-referrer';
		img.loading = 'lazy';
		img.decoding = 'async';
		img.alt = '';
		img.onerror = () => { unseen.add(source); next(); };
		img.src = source;
		box.replaceChildren(img);
	};
	next();
}

// Dates are WeChat's, UTC+8.
const stamp = seconds => new Date((seconds + 8 * 3600) * 1000).toISOString();
const day = it => stamp(it.time).slice(0, 10);
const moment = it => stamp(it.time).slice(0, 16).replace('T', ' ') + ' (UTC+8)';

const used = it => it.action === 'keep' && it.reason === 'referenced';
const mark = it => used(it) ? 'used' : it.action;
const because = cause => ({this_change: 'because of this change', pending: 'already pending'}[cause] || words(cause));
const verb = it => used(it) ? 'in use' : it.action;

function badges(it) {
	const line = make('span', 'badges');
	if (it.outcome) {
		const b = make('span', 'badge', words(it.outcome));
		b.dataset.outcome = it.outcome;
		line.append(b);
	} else {
		const b = make('span', 'badge', verb(it));
		b.dataset.action = mark(it);
		line.append(b);
	}
	line.append(make('span', 'reason', words(it.reason) + (it.cause ? ' · ' + because(it.cause) : '')));
	return line;
}

function nameOf(it, className) {
	const e = make('bdi', className, it.name || 'without a name');
	if (!it.name) e.classList.add('missing');
	return e;
}

const why = it => [it.detail, it.note].filter(Boolean).join('; ');

// The entry of a manifest's keep list

const quoted = it => it.quoted || '"' + it.name.replace(/[\\"]/g, '\\$&') + '"';
const entry = it => '  - media_id: "' + it.id + '"\n' + (it.name ? '    name: ' + quoted(it) + '\n' : '');

// entries are those of several items, by account when there are several.
function entries(all) {
	const by = Map.groupBy(all.filter(it => !it.noEntry), it => it.account);
	return [...by].map(([account, its]) => (many ? '  # ' + account + '\n' : '') + its.map(entry).join('')).join('');
}

let toasting;
function toast(text) {
	$('toast').textContent = text;
	$('toast').hidden = false;
	clearTimeout(toasting);
	toasting = setTimeout(() => { $('toast').hidden = true; }, 2500);
}

async function copy(text, what) {
	try {
		await navigator.clipboard.writeText(text);
	} catch {
		if (!copyOld(text)) return toast('Not copied: the browser does not allow it. Open the details and select the text.');
	}
	toast('Copied ' + what);
}

// copyOld is for pages that came over plain http.
function copyOld(text) {
	const area = make('textarea', 'offscreen');
	const focused = document.activeElement;
	area.value = text;
	(details.open ? details : document.body).append(area);
	area.select();
	const done = document.execCommand('copy');
	area.remove();
	focused?.focus({preventScroll: true});
	return done;
}

function copyEntry(it) {
	if (it.noEntry) return toast('It has no entry to copy: the manifest lists it, or it is gone');
	copy(entry(it), 'the keep entry of ' + (it.name || it.id));
}

// The view: which items are shown, in which order

let view = [], active = -1, at = -1;
const orders = {}; // by sort: indexes of all items
const hays = []; // by index: the text to search

const actions = ['delete', 'hold', 'used', 'keep'];
const rank = (all, it, of) => { const i = all.indexOf(of(it)); return i < 0 ? all.length : i; };
const types = ['image', 'voice', 'video', 'news'];

// natural is a key that sorts 9 before 10, and fast: a collator takes ten times
// as long.
const natural = s => s.toLowerCase().replace(/\d+/g, d => d.padStart(16, '0'));

function order(sort) {
	if (orders[sort]) return orders[sort];
	const all = items.map((_, i) => i);
	const key = {
		plan: i => rank(actions, items[i], mark),
		type: i => rank(types, items[i], it => it.type),
		time: i => -items[i].time,
		name: i => natural(items[i].name),
	}[sort];
	const keys = all.map(key);
	return orders[sort] = all.sort((a, b) => keys[a] < keys[b] ? -1 : keys[a] > keys[b] ? 1 : 0);
}

function hay(i) {
	const it = items[i];
	return hays[i] ??= [it.name, it.id, it.account, it.detail, it.note, it.reason, it.cause, it.outcome].join('\n').toLowerCase();
}

function refresh() {
	const wanted = fields.map(f => [f, $('by-' + f).value]).filter(([, v]) => v !== '');
	const asked = search.value.toLowerCase().split(/\s+/).filter(Boolean);
	const fits = i => wanted.every(([f, v]) => (f === 'action' ? mark(items[i]) : items[i][f] || '') === v) && asked.every(w => hay(i).includes(w));
	const chosen = view[active];
	view = order($('sort').value).filter(fits);
	if ($('reverse').getAttribute('aria-pressed') === 'true') view.reverse();
	active = chosen === undefined ? -1 : view.indexOf(chosen);
	$('shown').textContent = number(view.length) + ' of ' + number(items.length) + ' shown';
	$('copy-shown').disabled = view.length === 0;
	$('none').hidden = view.length > 0;
	list.hidden = view.length === 0;
	list.setAttribute('aria-rowcount', view.length);
	lay();
	if (list.getBoundingClientRect().top < 0) scrollTo({top: list.getBoundingClientRect().top + scrollY - bar()});
}

// Rows

const drawn = new Map(); // by place in the view
let height = 0, frame = 0, quick = 0, last = 0, printing = false;
const bar = () => $('bar').offsetHeight; // it covers the top of the list

// lay begins with no rows: the view or their height changed.
function lay() {
	height = Number(getComputedStyle(document.documentElement).getPropertyValue('--row'));
	for (const node of drawn.values()) node.remove();
	drawn.clear();
	list.style.height = view.length * height + 'px';
	draw();
}

function later() { frame ||= requestAnimationFrame(draw); }

function draw() {
	frame = 0;
	const top = list.getBoundingClientRect().top;
	const spare = 6;
	let from = Math.max(0, Math.floor(-top / height) - spare);
	let to = Math.min(view.length, Math.ceil((innerHeight - top) / height) + spare);
	if (printing) [from, to] = [0, Math.min(view.length, printable)];
	for (const [k, node] of drawn) {
		if (k < from || k >= to) { node.remove(); drawn.delete(k); }
	}
	// From the last to the first, so that each finds the one after it.
	for (let k = to - 1; k >= from; k--) {
		if (drawn.has(k)) continue;
		const node = row(k);
		list.insertBefore(node, drawn.get(k + 1) ?? null);
		drawn.set(k, node);
	}
	if (!hurried()) pictures();
}

// hurried reports whether rows fly by: then their pictures can wait.
function hurried() {
	const far = Math.abs(scrollY - last) > innerHeight / 3;
	last = scrollY;
	if (!far) return false;
	clearTimeout(quick);
	quick = setTimeout(pictures, 120);
	return true;
}

function pictures() {
	for (const [k, node] of drawn) {
		const box = node.firstChild.firstChild;
		if (!box.hasChildNodes()) picture(box, items[view[k]], [300, 0]);
	}
}

function cell(className, ...children) {
	const e = make('div', className);
	e.setAttribute('role', 'gridcell');
	e.append(...children);
	return e;
}

function row(k) {
	const it = items[view[k]];
	const node = make('div', 'row');
	node.id = 'row-' + k;
	node.setAttribute('role', 'row');
	node.setAttribute('aria-rowindex', k + 1);
	node.setAttribute('aria-selected', k === active);
	node.style.transform = 'translateY(' + k * height + 'px)';
	const meta = make('span', 'meta', it.type + ' · ' + day(it) + (many ? ' · ' + it.account : ''));
	const reasons = make('bdi', 'detail', why(it));
	node.append(
		cell('', make('div', 'picture')),
		cell('what', nameOf(it, 'name'), meta, make('code', 'id', it.id)),
		cell('why', badges(it), reasons),
		cell('act', ...(it.noEntry ? [] : [copyButton(it)])));
	node.dataset.k = k;
	return node;
}

function copyButton(it) {
	const b = make('button');
	b.type = 'button';
	b.tabIndex = -1; // the list has one stop, and the key c
	b.title = 'Copy the keep entry';
	b.setAttribute('aria-label', 'Copy the keep entry of ' + (it.name || it.id));
	b.append(icon('copy'), make('span', '', 'keep'));
	return b;
}

// choose makes a row the active one and brings it into sight.
function choose(k, calm) {
	if (view.length === 0) return;
	drawn.get(active)?.setAttribute('aria-selected', 'false');
	active = Math.max(0, Math.min(view.length - 1, k));
	const top = list.getBoundingClientRect().top + active * height;
	const under = top - bar(), over = top + height - innerHeight;
	if (!calm && under < 0) scrollBy(0, under);
	else if (!calm && over > 0) scrollBy(0, over);
	draw();
	drawn.get(active)?.setAttribute('aria-selected', 'true');
	list.setAttribute('aria-activedescendant', 'row-' + active);
}

// Details

function show(k) {
	choose(k);
	const it = items[view[active]];
	at = view[active];
	$('details-name').replaceChildren(nameOf(it));
	$('details-picture').replaceChildren();
	picture($('details-picture'), it, [640, 0]);
	$('details-fields').replaceChildren();
	const fill = (title, text, tag = 'bdi') => {
		if (!text) return;
		const div = make('div');
		const dd = make('dd');
		dd.append(make(tag, '', text));
		div.append(make('dt', '', title), dd);
		$('details-fields').append(div);
	};
	fill('account', it.account);
	fill('type', it.type);
	fill('media_id', it.id, 'code');
	fill('changed', moment(it));
	if (it.type === 'voice' || it.type === 'video') fill('length', 'WeChat lists none');
	fill('action', verb(it));
	fill('reason', words(it.reason));
	fill('whose doing', it.cause && because(it.cause));
	fill(used(it) ? 'used by' : 'detail', it.detail);
	fill('outcome', it.outcome && words(it.outcome));
	fill('note', it.note);
	$('details-entry').hidden = Boolean(it.noEntry);
	$('entry').textContent = it.noEntry ? '' : entry(it);
	if (!details.open) details.showModal();
}

// Wiring

function fillSelect(field) {
	const select = $('by-' + field), counts = new Map();
	for (const it of items) {
		const v = field === 'action' ? mark(it) : it[field] || '';
		counts.set(v, (counts.get(v) || 0) + 1);
	}
	const all = make('option', '', 'all');
	all.value = '';
	select.append(all);
	for (const [v, n] of counts) {
		if (v === '') continue;
		const o = make('option', '', (field === 'account' ? v : field === 'cause' ? because(v) : v === 'used' ? 'in use' : words(v)) + ' (' + number(n) + ')');
		o.value = v;
		select.append(o);
	}
	const named = counts.size - counts.has('');
	select.parentElement.hidden = field === 'account' ? named < 2 : named < 1;
}

function clear() {
	$('filters').reset();
	$('reverse').setAttribute('aria-pressed', 'false');
	refresh();
}

function listKey(e) {
	const page = Math.max(1, Math.floor(innerHeight / height) - 2);
	const moves = {
		ArrowDown: active + 1, j: active + 1, ArrowUp: active - 1, k: active - 1, PageDown: active + page, PageUp: active - page,
		Home: 0, End: view.length - 1,
	};
	if (e.key in moves) choose(moves[e.key]);
	else if (e.key === 'Enter' && active >= 0) show(active);
	else if (e.key === 'c' && active >= 0) copyEntry(items[view[active]]);
	else return;
	e.preventDefault();
}

function detailsKey(e) {
	if (e.key === 'ArrowRight' && active < view.length - 1) show(active + 1);
	else if (e.key === 'ArrowLeft' && active > 0) show(active - 1);
	else if (e.key === 'c') copyEntry(items[at]);
	else return;
	e.preventDefault();
}

const modified = e => e.ctrlKey || e.metaKey || e.altKey;
const typing = e => e.target.matches('input, select, textarea');

list.addEventListener('keydown', e => { if (!modified(e)) listKey(e); });
list.addEventListener('focus', () => { if (active < 0) choose(Math.max(0, Math.ceil(-list.getBoundingClientRect().top / height)), true); });
list.addEventListener('click', e => {
	const node = e.target.closest('.row');
	if (!node) return;
	const k = Number(node.dataset.k);
	if (!e.target.closest('button')) return show(k);
	choose(k, true);
	copyEntry(items[view[k]]);
});
details.addEventListener('keydown', e => { if (!modified(e)) detailsKey(e); });
details.addEventListener('close', () => list.focus({preventScroll: true}));
details.addEventListener('click', e => { if (e.target === details) details.close(); });
$('close').addEventListener('click', () => details.close());
$('copy-entry').addEventListener('click', () => copyEntry(items[at]));
$('copy-shown').addEventListener('click', () => {
	const all = view.map(i => items[i]), kept = all.filter(it => !it.noEntry).length;
	if (kept === 0) return toast('None of those shown has an entry to copy');
	copy(entries(all), number(kept) + ' keep entries');
});
document.addEventListener('keydown', e => {
	if (e.key === '/' && !modified(e) && !typing(e) && !details.open) {
		e.preventDefault();
		search.focus();
		search.select();
	}
});
search.addEventListener('keydown', e => {
	if (e.key === 'ArrowDown' || e.key === 'Enter') { e.preventDefault(); list.focus({preventScroll: true}); }
	if (e.key === 'Escape' && search.value) { e.preventDefault(); search.value = ''; refresh(); }
});
$('filters').addEventListener('submit', e => e.preventDefault());
$('clear').addEventListener('click', clear);
$('filters').addEventListener('input', refresh);
$('clear-too').addEventListener('click', clear);
$('reverse').addEventListener('click', e => {
	e.target.setAttribute('aria-pressed', e.target.getAttribute('aria-pressed') !== 'true');
	refresh();
});
for (const b of document.querySelectorAll('[data-copy]')) {
	b.addEventListener('click', () => copy(b.dataset.copy, 'the digest'));
}
addEventListener('scroll', later, {passive: true});
addEventListener('resize', lay);

// Printing

const printable = 2000;
addEventListener('beforeprint', () => {
	printing = true;
	const left = view.length - printable;
	$('unprinted').hidden = left <= 0;
	$('unprinted').textContent = '… and ' + number(left) + ' more are not printed: filter them first';
	draw();
});
addEventListener('afterprint', () => {
	printing = false;
	$('unprinted').hidden = true;
	draw();
});

// Theme

const themes = {'': 'system', light: 'light', dark: 'dark'};
function theme(name) {
	if (name) document.documentElement.dataset.theme = name;
	else delete document.documentElement.dataset.theme;
	$('theme').textContent = 'Theme: ' + themes[name];
}
const kept = (() => { try { return localStorage.getItem('wxkeep-theme') || ''; } catch { return ''; } })();
theme(kept in themes ? kept : '');
$('theme').addEventListener('click', () => {
	const names = Object.keys(themes);
	const name = names[(names.indexOf(document.documentElement.dataset.theme || '') + 1) % names.length];
	theme(name);
	try { localStorage.setItem('wxkeep-theme', name); } catch { /* a page without storage forgets it */ }
});

for (const b of document.querySelectorAll('.script')) b.hidden = false;
fields.forEach(fillSelect);
$('browser').hidden = items.length === 0;
refresh();
})();
