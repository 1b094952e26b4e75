#include "completion.h"

#include <fmt/format.h>

#include "exit_code.h"
#include "text.h"

namespace tidemill::cli {
namespace {

/// Calls `visit(path, node)` for the root ("") and each command below it ("asset list").
template <class Visit>
void Walk(const CommandNode& node, const std::string& path, const Visit& visit) {
  visit(path, node);
  for (const CommandNode& command : node.commands) {
    Walk(command, path.empty() ? command.name : path + " " + command.name, visit);
  }
}

/// What may follow in a place without an open option: commands, argument choices, options.
std::string WordsOf(const CommandNode& node) {
  std::vector<std::string> words;
  for (const CommandNode& command : node.commands) words.push_back(command.name);
  words.insert(words.end(), node.argument_choices.begin(), node.argument_choices.end());
  for (const CommandNode::Option& option : node.options) {
    words.insert(words.end(), option.names.begin(), option.names.end());
  }
  return Join(words, " ");
}

/// Single-quoted for every one of the three shells.
std::string Quoted(std::string_view text, std::string_view escaped_quote) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += escaped_quote;
    } else {
      out += c;
    }
  }
  return out + "'";
}

/// The words and values of one command as cases over `$place` and `$previous`; bash and zsh read the same syntax.
std::string Cases(const CommandNode& root) {
  std::string words;
  std::string values;
  Walk(root, "", [&](const std::string& path, const CommandNode& node) {
    words += fmt::format("    {}) names={} ;;\n", Quoted(path, "'\\''"), Quoted(WordsOf(node), "'\\''"));
    for (const CommandNode::Option& option : node.options) {
      if (!option.takes_value) continue;
      const std::string answer = option.is_file           ? "files=1"
                                 : option.choices.empty() ? "none=1"
                                                          : "values=" + Quoted(Join(option.choices, " "), "'\\''");
      for (const std::string& name : option.names) {
        values += fmt::format("    {}) {} ;;\n", Quoted(fmt::format("{}:{}", path, name), "'\\''"), answer);
      }
    }
  });
  return fmt::format("  case \"$place\" in\n{}  esac\n  case \"$place:$previous\" in\n{}  esac\n", words, values);
}

/// Which words before the cursor are commands: the longest known path.
std::string PathCases(const CommandNode& root) {
  std::string paths;
  Walk(root, "", [&](const std::string& path, const CommandNode&) {
    if (!path.empty()) paths += (paths.empty() ? "'" : "|'") + path + "'";
  });
  return paths;
}

std::string Bash(const CommandNode& root) {
  return fmt::format(R"script(# bash completion of tidemill: eval "$(tidemill completion bash)"
_tidemill() {{
  local current="${{COMP_WORDS[COMP_CWORD]}}" previous="${{COMP_WORDS[COMP_CWORD-1]}}"
  local place= candidate word names= values= files= none= i
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="${{COMP_WORDS[i]}}"
    candidate="${{place:+$place }}$word"
    case "$candidate" in
      {}) place="$candidate" ;;
    esac
  done
{}  COMPREPLY=()
  if [[ -n $files ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  elif [[ -z $none ]]; then
    mapfile -t COMPREPLY < <(compgen -W "${{values:-$names}}" -- "$current")
  fi
}}
complete -F _tidemill tidemill
)script",
                     PathCases(root), Cases(root));
}

std::string Zsh(const CommandNode& root) {
  return fmt::format(R"script(#compdef tidemill
# zsh completion of tidemill: tidemill completion zsh > ~/.zfunc/_tidemill, or source it after compinit
_tidemill() {{
  local previous="${{words[CURRENT-1]}}" place= candidate word names= values= files= none= i
  for ((i = 2; i < CURRENT; i++)); do
    word="${{words[i]}}"
    candidate="${{place:+$place }}$word"
    case "$candidate" in
      {}) place="$candidate" ;;
    esac
  done
{}  if [[ -n $files ]]; then
    _files
  elif [[ -z $none ]]; then
    local choices="${{values:-$names}}"
    compadd -- ${{=choices}}
  fi
}}
compdef _tidemill tidemill
)script",
                     PathCases(root), Cases(root));
}

std::string Fish(const CommandNode& root) {
  std::string out =
      "# fish completion of tidemill: tidemill completion fish | source\n"
      "function __tidemill_at\n"
      "  set -l words\n"
      "  for word in (commandline -opc)[2..-1]\n"
      "    string match -q -- '-*' $word; or set -a words $word\n"
      "  end\n"
      "  set -l wanted (string split ' ' -- $argv[1])\n"
      "  test -z \"$argv[1]\"; and test (count $words) -eq 0; and return 0\n"
      "  test -n \"$argv[1]\"; and test (count $words) -ge (count $wanted)\n"
      "  and test \"$words[1..(count $wanted)]\" = \"$wanted\"\n"
      "end\n"
      "complete -c tidemill -f\n";
  Walk(root, "", [&](const std::string& path, const CommandNode& node) {
    const std::string at = "-n " + Quoted("__tidemill_at \"" + path + "\"", "\\'");
    for (const CommandNode& command : node.commands) {
      out += fmt::format("complete -c tidemill {} -a {} -d {}\n", at, command.name, Quoted(command.description, "\\'"));
    }
    for (const std::string& choice : node.argument_choices) {
      out += fmt::format("complete -c tidemill {} -a {}\n", at, choice);
    }
    for (const CommandNode::Option& option : node.options) {
      std::string names;
      for (const std::string& name : option.names) {
        names += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      }
      std::string value = option.takes_value ? (option.is_file ? " -r -F" : " -x") : "";
      if (!option.choices.empty()) value += " -a " + Quoted(Join(option.choices, " "), "\\'");
      out += fmt::format("complete -c tidemill {}{}{} -d {}\n", at, names, value, Quoted(option.description, "\\'"));
    }
  });
  return out;
}

}  // namespace

std::string CompletionScript(const CommandNode& root, std::string_view shell) {
  if (shell == "bash") return Bash(root);
  if (shell == "zsh") return Zsh(root);
  if (shell == "fish") return Fish(root);
  ThrowUsage(fmt::format("no completion for shell '{}'; there are bash, zsh and fish", shell));
}

}  // namespace tidemill::cli
