// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.CommandLine;
using Nectar.Bpf.Diagnostics;
using Nectar.Bpf.Objects;
using Nectar.Cli.Views;
using Nectar.Linux.Inspection;
using Nectar.Linux.Links;
using Nectar.Linux.Programs;

namespace Nectar.Cli.Verbs;

/// <summary><c>nectar link</c>: links of the running kernel.</summary>
internal static class LinkVerb
{
    internal static Command Create() => new("link", "Links (attachments) of the running kernel: list, pin, detach")
    {
        KernelVerb.Create("link", "show", "Show links: all, or one", "[id N | pinned PATH]", Show,
            ("nectar link list", "what is attached where"),
            ("nectar link show pinned /sys/fs/bpf/my_link", "one link")).Named("list"),
        KernelVerb.Create("link", "pin", "Keep a link by a path in a bpf filesystem", "{id N | pinned PATH} PATH", Pin,
            ("nectar link pin id 5 /sys/fs/bpf/my_link", "stays attached when its owner ends")),
        KernelVerb.Create("link", "detach", "Take a link's program off its hook, for everybody", "{id N | pinned PATH}", Detach,
            ("nectar link detach id 5", "the link stays as an empty shell until its owner lets go")),
    };

    private static void Show(Words words, VerbOutput output)
    {
        List<LinkInfo> links;
        if (words.IsEmpty)
        {
            links = [.. LinkInfo.ReadAll()];
        }
        else
        {
            using KernelLink link = ObjectFinder.Link(words.NextReference("a link"));
            words.End();
            links = [LinkInfo.Read(link)];
        }

        Context context = new();
        output.List(links, (link, text) => LinkView.WriteText(link, TypeOf(link), context, text), (link, json) => LinkView.WriteJson(link, TypeOf(link), context, json));
    }

    private static ProgramType? TypeOf(LinkInfo link)
    {
        try
        {
            return link.ProgramId == 0 ? null : ProgramInfo.ReadById(link.ProgramId).Type;
        }
        catch (KernelException)
        {
            return null; // it ended meanwhile
        }
    }

    private static void Pin(Words words, VerbOutput output)
    {
        using KernelLink link = ObjectFinder.Link(words.NextReference("a link"));
        string path = words.Next("a path in a bpf filesystem");
        words.End();
        link.Pin(path);
    }

    private static void Detach(Words words, VerbOutput output)
    {
        using KernelLink link = ObjectFinder.Link(words.NextReference("a link"));
        words.End();
        link.ForceDetach();
    }
}
