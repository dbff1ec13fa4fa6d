// SPDX-License-Identifier: Apache-2.0
// Draws every .plot of the page: takes its specification by name, puts the findings into it, and the page's own colours
// and type. Drawn again when the width or the colour scheme changes, or for paper.
(() => {
    'use strict';
    const read = id => JSON.parse(document.getElementById(id).textContent);
    const findings = read('findings'), charts = read('charts');

    const theme = () => {
        const style = getComputedStyle(document.documentElement), body = getComputedStyle(document.body);
        const colour = name => style.getPropertyValue('--' + name).trim();
        const text = {labelColor: colour('soft'), titleColor: colour('soft'), labelFont: body.fontFamily,
            titleFont: body.fontFamily, labelFontSize: 12, titleFontSize: 12, titleFontWeight: 400};
        return {
            background: null,
            axis: {...text, domain: false, ticks: false, grid: false, gridColor: colour('line'), labelPadding: 6,
                titlePadding: 10, labelLimit: 150},
            axisBottom: {labelFlush: true},
            axisBand: {labelColor: colour('ink'), labelFontSize: 13},
            range: {severity: ['info', 'warning', 'error', 'critical'].map(colour)},
            style: {
                bar: {fill: colour('accent'), fillOpacity: 0.85},
                'bar-muted': {fill: colour('muted')},
                band: {fill: colour('band'), fillOpacity: 0.18},
                line: {stroke: colour('accent'), strokeWidth: 1.75, strokeJoin: 'round'},
                'line-muted': {stroke: colour('muted'), strokeWidth: 1.5, strokeJoin: 'round'},
                point: {fill: colour('accent')},
                'point-muted': {fill: colour('muted')},
                actual: {fill: colour('ink'), fillOpacity: 0.75},
                interval: {stroke: colour('accent'), strokeWidth: 2, strokeCap: 'round'},
                'interval-ink': {stroke: colour('ink'), strokeWidth: 1.25},
                'interval-muted': {stroke: colour('muted'), strokeWidth: 2, strokeCap: 'round'},
                zero: {stroke: colour('soft'), strokeWidth: 1},
                floor: {stroke: colour('rule'), strokeWidth: 1.5, strokeDash: [4, 3]},
                now: {stroke: colour('ink'), strokeWidth: 1.25},
                panel: {fill: colour('ink'), font: body.fontFamily, fontSize: 13, fontWeight: 500},
                label: {fill: colour('soft'), font: body.fontFamily, fontSize: 12}
            }
        };
    };

    const prepared = (plot, label) => {
        const spec = structuredClone(charts[plot.dataset.chart]);
        for (const table of spec.data) {
            if (findings[table.name]) {
                table.values = structuredClone(findings[table.name]); // parsed in place
            }
        }
        return {...spec, description: label, width: plot.clientWidth, padding: {left: 2, top: 2, bottom: 2, right: 10},
            autosize: {type: 'fit-x', contains: 'padding'}};
    };

    const draw = async plot => {
        plot.view?.finalize();
        plot.view = new chart_library.View(chart_library.parse(prepared(plot.plot, plot.label), theme()),
            {renderer: 'svg', container: plot.plot, hover: true});
        await plot.view.runAsync();
    };

    const isEmpty = name => charts[name].data.some(table => findings[table.name] && findings[table.name].length === 0);
    const drawn = [];
    for (const plot of document.querySelectorAll('.plot')) {
        if (isEmpty(plot.dataset.chart)) {
            plot.closest('figure').remove();
        } else {
            drawn.push({plot, label: plot.getAttribute('aria-label'), view: null});
        }
    }
    const drawAll = () => { // one that fails does not take the others with it
        drawn.forEach(plot => draw(plot).catch(console.error));
    };
    drawAll();

    let width = document.body.clientWidth, waiting = 0;
    new ResizeObserver(() => {
        if (document.body.clientWidth !== width) {
            width = document.body.clientWidth;
            clearTimeout(waiting);
            waiting = setTimeout(drawAll, 100);
        }
    }).observe(document.body);
    for (const query of ['(prefers-color-scheme: dark)', 'print']) {
        matchMedia(query).addEventListener('change', drawAll);
    }
})();
