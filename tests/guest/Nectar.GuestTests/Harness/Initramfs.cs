// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Diagnostics;
using System.Text;

namespace Nectar.GuestTests.Harness;

/// <summary>Writes an initramfs: a cpio archive of the "newc" kind (Documentation/driver-api/early-userspace/buffer-format.rst).</summary>
internal sealed class Initramfs(Stream output)
{
    private readonly HashSet<string> _folders = [""];
    private int _inode = 1;

    /// <summary>Packs <c>FILE=PATH</c> (a file under another name), <c>DIRECTORY/</c> (an empty folder), <c>modules:TREE:NAME,NAME</c> (kernel modules and what they need).</summary>
    internal static int Pack(string path, string[] parts)
    {
        using (FileStream file = File.Create(path))
        {
            Initramfs archive = new(file);
            archive.AddFolder("dev");
            archive.Add("dev/console", 0x2180, [], (5, 1)); // a character device, 0600: init's standard output
            foreach (string part in parts)
            {
                if (part.StartsWith("modules:", StringComparison.Ordinal) && part.Split(':') is [_, var tree, var names]) archive.AddModules(tree, names.Split(','));
                else if (part.Split('=') is [var source, var target]) archive.AddFile(target, File.ReadAllBytes(source), executable: true);
                else if (part.EndsWith('/')) archive.AddFolder(part.Trim('/'));
                else throw new ArgumentException($"'{part}': FILE=PATH, PATH/ or modules:TREE:NAMES expected");
            }

            archive.Add("TRAILER!!!", 0, [], default);
        }

        return 0;
    }

    private void AddFolder(string path)
    {
        if (!_folders.Add(path)) return;
        AddFolder(Path.GetDirectoryName(path) ?? "");
        Add(path, 0x41ed, [], default);
    }

    private void AddFile(string path, byte[] content, bool executable)
    {
        path = path.TrimStart('/');
        AddFolder(Path.GetDirectoryName(path) ?? "");
        Add(path, executable ? 0x81edu : 0x81a4u, content, default);
    }

    /// <summary>Modules in an order in which each finds what it needs.</summary>
    private void AddModules(string tree, string[] names)
    {
        Dictionary<string, string> files = [];
        foreach (string file in Directory.GetFiles(tree, "*.ko*", SearchOption.AllDirectories)) files[Path.GetFileName(file).Split('.')[0].Replace('-', '_')] = file;
        List<string> order = [];
        HashSet<string> seen = [];

        void Visit(string name)
        {
            if (!seen.Add(name) || !files.TryGetValue(name, out string? file)) return; // not there: built in, or not in this version
            byte[] content = file.EndsWith(".xz", StringComparison.Ordinal) ? Decompress(file) : File.ReadAllBytes(file);
            foreach (string needed in Needed(content)) Visit(needed.Replace('-', '_'));
            AddFile($"modules/{name}.ko", content, executable: false);
            order.Add(name);
        }

        foreach (string name in names) Visit(name);
        AddFile("modules/order", Encoding.ASCII.GetBytes(string.Join('\n', order) + "\n"), executable: false);
    }

    /// <summary>The <c>depends=</c> entry of a module's <c>.modinfo</c> section.</summary>
    private static string[] Needed(ReadOnlySpan<byte> module)
    {
        int start = module.IndexOf("\0depends="u8);
        if (start < 0) return [];
        ReadOnlySpan<byte> value = module[(start + 9)..];
        return Encoding.ASCII.GetString(value[..value.IndexOf((byte)0)]).Split(',', StringSplitOptions.RemoveEmptyEntries);
    }

    private static byte[] Decompress(string file)
    {
        using Process xz = Process.Start(new ProcessStartInfo("xz", ["-dc", file]) { RedirectStandardOutput = true })!;
        using MemoryStream result = new();
        xz.StandardOutput.BaseStream.CopyTo(result);
        xz.WaitForExit();
        return xz.ExitCode == 0 ? result.ToArray() : throw new InvalidOperationException($"xz -dc {file}: {xz.ExitCode}");
    }

    private void Add(string path, uint mode, ReadOnlySpan<byte> content, (uint Major, uint Minor) device)
    {
        byte[] name = Encoding.UTF8.GetBytes(path + "\0");
        uint[] fields = [(uint)_inode++, mode, 0, 0, 1, 0, (uint)content.Length, 0, 0, device.Major, device.Minor, (uint)name.Length, 0];
        output.Write("070701"u8);
        foreach (uint field in fields) output.Write(Encoding.ASCII.GetBytes(field.ToString("x8")));
        output.Write(name);
        Align();
        output.Write(content);
        Align();
    }

    private void Align()
    {
        while (output.Position % 4 != 0) output.WriteByte(0);
    }
}
