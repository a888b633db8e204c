// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Globalization;
using System.Net;
using System.Text;

namespace Nectar.Trace.Printing.Graphs;

/// <summary>One SVG with graphs one below the other. It needs nothing but itself: a browser opens it.</summary>
internal sealed class SvgPage
{
    public const int Width = 1200, Margin = 10;
    private const int TitleHeight = 30;

    private readonly StringBuilder _content = new();

    /// <summary>Where the next graph begins.</summary>
    public int Top { get; private set; } = Margin;

    public void Title(string text)
    {
        Text(Margin, Top + 20, text, "title");
        Top += TitleHeight;
    }

    public void Skip(int height) => Top += height;

    public void Text(double x, double y, string text, string style) =>
        _content.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.##}\" y=\"{y:0.##}\" class=\"{style}\">{Escape(text)}</text>\n");

    public void Append(string svg) => _content.Append(svg);

    public static string Escape(string text) => WebUtility.HtmlEncode(text);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $$"""
        <?xml version="1.0" encoding="UTF-8"?>
        <svg xmlns="http://www.w3.org/2000/svg" width="{{Width}}" height="{{Top + Margin}}" viewBox="0 0 {{Width}} {{Top + Margin}}">
        <style>
        text { font: 12px monospace; fill: #222; } .title { font-size: 16px; font-weight: bold; } .small { font-size: 11px; fill: #666; } .right { text-anchor: end; }
        .frame { cursor: pointer; } .frame:hover rect { stroke: #000; } .frame text { pointer-events: none; } .found rect { fill: #c050e0; } .faded { opacity: 0.35; }
        </style>
        <rect width="100%" height="100%" fill="#fcfcf8"/>
        {{_content}}<script><![CDATA[
        {{Script}}
        ]]></script>
        </svg>

        """);

    // Click: zoom into a frame, or out at the root. Ctrl-F (or /): search by regular expression.
    private const string Script = """
        const W = 1200, M = 10;
        function graph(g) {
          const frames = [...g.querySelectorAll('.frame')], all = frames.map(f => ({ f, r: f.querySelector('rect'), t: f.querySelector('text'), x: +f.dataset.x, w: +f.dataset.w, d: +f.dataset.d, n: f.dataset.n }));
          function zoom(to) {
            const scale = (W - 2 * M) / to.w;
            for (const a of all) {
              const above = a.d < to.d && a.x <= to.x && a.x + a.w >= to.x + to.w;
              const inside = a.d >= to.d && a.x >= to.x && a.x + a.w <= to.x + to.w + 1e-9;
              a.f.style.display = above || inside ? '' : 'none';
              a.f.classList.toggle('faded', above);
              const x = above ? M : M + (a.x - to.x) * scale, w = above ? W - 2 * M : a.w * scale;
              a.r.setAttribute('x', x); a.r.setAttribute('width', Math.max(w, 0.1)); a.t.setAttribute('x', x + 3);
              const room = Math.floor((w - 6) / 7.3);
              a.t.textContent = room < 3 ? '' : a.n.length <= room ? a.n : a.n.slice(0, room - 2) + '..';
            }
          }
          for (const a of all) a.f.addEventListener('click', () => zoom(a));
        }
        const graphs = [...document.querySelectorAll('.flame')]; graphs.forEach(graph);
        if (graphs.length) addEventListener('keydown', e => {
          if (!(e.key === '/' || (e.ctrlKey && e.key === 'f'))) return;
          e.preventDefault();
          const what = prompt('functions (regular expression):', ''); if (what === null) return;
          const pattern = what ? new RegExp(what) : null;
          for (const f of document.querySelectorAll('.frame')) f.classList.toggle('found', pattern !== null && pattern.test(f.dataset.n));
        });
        """;
}
