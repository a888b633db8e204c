// SPDX-License-Identifier: Apache-2.0
// Copyright the Nectar contributors

using System.Text;
using System.Text.RegularExpressions;

namespace Nectar.TraceTests.Faults;

/// <summary>Makes scripts that are nearly right from those of this repository: words go, come twice, change places, come from another script.</summary>
internal sealed partial class ScriptMutator(int seed)
{
    private static readonly string[] s_words =
    [
        "0", "1", "-1", "64", "4294967296", "9223372036854775807", "18446744073709551615", "0x7f", "1e6", "\"\"", "\"%s\"", "\"%d %s\\n\"", "\"x\"", "true", "(", ")", "[", "]",
        "{", "}", ";", ",", ".", "->", "?", ":", "=", "==", "!=", "<", ">>", "<<", "&", "&&", "||", "!", "~", "-", "+", "*", "/", "%", "++", "--", "+=", "<<=", "@", "@a", "@b", "@a[1]",
        "@a[pid, comm]", "$x", "$y", "$1", "$#", "pid", "tid", "comm", "nsecs", "cpu", "curtask", "args", "arg0", "retval", "func", "probe", "kstack", "ustack", "ctx", "cgroup",
        "count()", "sum(1)", "avg(pid)", "hist(nsecs)", "lhist(cpu, 0, 10, 1)", "min(1)", "max(1)", "stats(1)", "tseries(1, 1s, 5)", "str(0)", "buf(0, 8)", "kstack(3)", "ksym(0)", "usym(0)",
        "ntop(0)", "strftime(\"%H\", nsecs)", "exit()", "clear(@a)", "zero(@a)", "print(@a)", "delete(@a, 1)", "has_key(@a, 1)", "len(@a)", "printf(\"%d\", 1)", "join(0)", "reg(\"ip\")",
        "sizeof(int)", "offsetof(struct task_struct, pid)", "(uint8)1", "(int64)", "(struct task_struct *)0", "*(uint64 *)8", "(1, 2)", "(1, \"x\").1", "if", "else", "while", "for", "unroll",
        "return", "break", "continue", "let", "fn", "macro", "config", "begin", "end", "interval:s:1", "tracepoint:syscalls:sys_enter_read", "kprobe:vfs_read", "fentry:vfs_read", "uprobe:libc:malloc",
        "profile:hz:99", "iter:task", "#define", "struct", "enum", "typeof(1)", "comptime", "import", "unroll(3) { @a++; }", "for ($i : 0..4) { @[$i] = 1; }", "for ($k : @a) { print($k); }",
        "while ($x < 3) { $x++; }", "if (pid) { exit(); } else { }", "\0", "\r", "é", "\ufffd", "// ", "/*", "*/",
    ];

    private static readonly Lazy<string[]> s_corpus = new(ReadCorpus);

    private readonly Random _random = new(seed);

    [GeneratedRegex("""[@$]?\w+|"(?:\\.|[^"\\\n])*"|\s+|.""", RegexOptions.Singleline)]
    private static partial Regex Word { get; }

    /// <summary>Every script that the repository has: tools, what lowering is tested with, examples of the documentation.</summary>
    public static string[] Corpus => s_corpus.Value;

    public string Next()
    {
        string[] corpus = Corpus;
        List<string> words = WordsOf(corpus[_random.Next(corpus.Length)]);
        if (_random.Next(6) == 0) words = Splice(words, WordsOf(corpus[_random.Next(corpus.Length)]));
        for (int changes = Math.Max(1, (1 << _random.Next(5)) - 3); changes > 0 && words.Count > 0; changes--) Change(words);
        StringBuilder text = new(string.Concat(words));
        if (_random.Next(8) == 0 && text.Length > 0)
        {
            for (int bytes = _random.Next(1, 6); bytes > 0; bytes--) text[_random.Next(text.Length)] = (char)_random.Next(1, 256);
        }

        return text.ToString();
    }

    private void Change(List<string> words)
    {
        int place = Place(words), other = Place(words), length = Math.Min(_random.Next(1, 6), words.Count - place);
        switch (_random.Next(16))
        {
            case 0: words.RemoveAt(place); break;
            case 1: words.RemoveRange(place, length); break;
            case 2: words.Insert(place, words[place]); break;
            case 3: words.InsertRange(other, words.GetRange(place, length)); break;
            case 4: (words[place], words[other]) = (words[other], words[place]); break;
            case 5: words[place] = words[other]; break;
            case 6: words[place] = s_words[_random.Next(s_words.Length)]; break;
            case 7: words.Insert(place, s_words[_random.Next(s_words.Length)]); break;
            default:
                // names and numbers for names and numbers, operators for operators: much of it is still a script
                List<int> places = [.. Enumerable.Range(0, words.Count).Where(i => IsLike(words[i], words[place]))];
                string[] likes = [.. s_words.Where(word => IsLike(word, words[place]))];
                words[place] = likes.Length > 0 && _random.Next(2) == 0 ? likes[_random.Next(likes.Length)] : words[places[_random.Next(places.Count)]];
                break;
        }
    }

    /// <summary>A word, rarely a space.</summary>
    private int Place(List<string> words)
    {
        int place = _random.Next(words.Count);
        for (int again = 0; again < 4 && char.IsWhiteSpace(words[place][0]); again++) place = _random.Next(words.Count);
        return place;
    }

    /// <summary>What may stand at the same place, as far as can be told from how it begins.</summary>
    private static bool IsLike(string one, string other) => Kind(one[0]) == Kind(other[0]) && Kind(one[^1]) == Kind(other[^1]);

    private static int Kind(char c) => char.IsLetter(c) || c == '_' ? 1 : char.IsAsciiDigit(c) ? 2 : c is '$' or '@' ? 1 : c is '"' ? 3 : c is '+' or '-' or '*' or '/' or '<' or '>' or '=' or '&' or '|' ? 4 : c;

    /// <summary>The beginning of one and the end of the other, or the other's middle in the one.</summary>
    private List<string> Splice(List<string> one, List<string> other)
    {
        int cut = _random.Next(one.Count + 1), from = _random.Next(other.Count + 1), to = _random.Next(2) == 0 ? other.Count : Math.Min(other.Count, from + _random.Next(20));
        return [.. one[..cut], .. other[from..to], .. to < other.Count ? one[cut..] : []];
    }

    private static List<string> WordsOf(string text) => [.. Word.Matches(text).Select(match => match.Value)];

    private static string[] ReadCorpus()
    {
        List<string> scripts = [.. Directory.GetFiles(Path.Combine(Repository.Root, "tools"), "*.bt").Order(StringComparer.Ordinal).Select(File.ReadAllText)];
        foreach (string page in Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "trace*.md").Order(StringComparer.Ordinal))
        {
            string[] parts = File.ReadAllText(page).Split("```");
            for (int i = 1; i < parts.Length; i += 2)
            {
                int quote = parts[i].IndexOf('\'', StringComparison.Ordinal), end = parts[i].LastIndexOf('\'');
                scripts.Add(quote >= 0 && end > quote ? parts[i][(quote + 1)..end] : parts[i]);
            }
        }

        foreach (string file in Directory.GetFiles(Path.Combine(Repository.Root, "tests/golden/trace/lowering"), "*.cases").Order(StringComparer.Ordinal))
        {
            scripts.AddRange(File.ReadAllLines(file).Where(line => line.StartsWith("> ", StringComparison.Ordinal) || line.Contains("begin", StringComparison.Ordinal)).Select(line => line.TrimStart('>', ' ')));
        }

        return [.. scripts.Where(text => text.Length > 5)];
    }
}
