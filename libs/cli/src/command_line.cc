#include "command_line.h"

#include <algorithm>
#include <functional>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "exit_code.h"

namespace tidemill::cli {
namespace {

constexpr const char* kLevels[] = {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"};
constexpr const char* kShells[] = {"bash", "zsh", "fish"};
constexpr const char* kStatuses[] = {"QUEUED",  "NOT_STARTED", "STARTING",  "STARTED",
                                     "SUCCESS", "FAILURE",     "CANCELING", "CANCELED"};

/// The parser of all commands. Each command's options write into a struct of its own; `chosen` tells which to take.
class Parser {
 public:
  Parser() : app_("Tidemill: run data assets and jobs, and look into what ran.", "tidemill") {
    app_.set_version_flag("--version", "tidemill 0.1.0 (of Dagster 1.13.27's formats)");
    app_.require_subcommand(1);
    app_.set_help_flag("-h,--help", "Show this help");
    app_.footer("See also: tidemill help exit-codes");
    AddAssetCommands();
    AddJobCommands();
    AddRunCommands();
    AddInstanceCommands();
    AddServerCommands();
    AddOtherCommands();
  }

  Command Parse(std::vector<std::string> arguments) {
    std::reverse(arguments.begin(), arguments.end());  // CLI11 takes them from the back.
    try {
      app_.parse(arguments);
    } catch (const CLI::CallForHelp&) {
      return Print{app_.help()};
    } catch (const CLI::CallForVersion& version) {
      return Print{std::string(version.what()) + "\n"};
    } catch (const CLI::ParseError& error) {
      ThrowUsage(fmt::format("{}; see `{} --help`", Explain(error), PathOfParsed()));
    }
    return take_();
  }

  /// Help of a command path, e.g. {"asset", "list"}.
  std::string HelpOf(const std::vector<std::string>& path) {
    CLI::App* app = &app_;
    std::string shown = "tidemill";
    for (const std::string& name : path) {
      const auto named = app->get_subcommands([&](const CLI::App* one) { return one->get_name() == name; });
      if (named.empty()) {
        ThrowUsage(fmt::format("no help on '{}'; topics are the commands (`tidemill help`) and exit-codes", name));
      }
      app = named.front();
    }
    for (std::size_t i = 0; i + 1 < path.size(); ++i) shown += " " + path[i];
    return app->help(path.empty() ? "" : shown);
  }

  CommandNode Tree() const { return NodeOf(app_); }

 private:
  static std::string WithoutNewlines(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    while (!text.empty() && text.back() == ' ') text.pop_back();
    return text;
  }

  /// CLI11 misses the command first, even where there is a word that is none.
  std::string Explain(const CLI::ParseError& error) const {
    const CLI::App* app = &app_;
    while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
    const std::vector<std::string> rest = app->remaining();
    if (app->get_require_subcommand_min() == 0 || rest.empty() || rest.front().starts_with('-')) {
      return WithoutNewlines(error.what());
    }
    std::vector<std::string> names;
    for (const CLI::App* command : app->get_subcommands([](const CLI::App*) { return true; })) {
      names.push_back(command->get_name());
    }
    return fmt::format("there is no command '{}', only {}", rest.front(), fmt::join(names, ", "));
  }

  /// "tidemill asset list": the commands that were recognised before the error.
  std::string PathOfParsed() const {
    std::string path = "tidemill";
    const CLI::App* app = &app_;
    while (!app->get_subcommands().empty()) {
      app = app->get_subcommands().front();
      path += " " + app->get_name();
    }
    return path;
  }

  static CommandNode NodeOf(const CLI::App& app) {
    CommandNode node{app.get_name(), app.get_description(), {}, {}, {}};
    for (const CLI::Option* option : app.get_options()) {
      const std::vector<std::string> choices = ChoicesOf(*option);
      if (option->get_positional()) {
        node.argument_choices.insert(node.argument_choices.end(), choices.begin(), choices.end());
        continue;
      }
      CommandNode::Option out{{}, option->get_description(), option->get_items_expected_max() > 0, choices, false};
      for (const std::string& name : option->get_snames()) out.names.push_back("-" + name);
      for (const std::string& name : option->get_lnames()) out.names.push_back("--" + name);
      const std::string type = option->get_type_name();
      out.is_file = type.find("FILE") != std::string::npos || type == "EXECUTABLE" || type == "FOLDER";
      node.options.push_back(std::move(out));
    }
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
      node.commands.push_back(NodeOf(*command));
    }
    return node;
  }

  /// Of an option that WithChoices made: its type name is "{a,b}".
  static std::vector<std::string> ChoicesOf(const CLI::Option& option) {
    const std::string type = option.get_type_name();
    if (type.size() < 2 || type.front() != '{' || type.back() != '}') return {};
    return CLI::detail::split(type.substr(1, type.size() - 2), ',');
  }

  template <std::size_t N>
  static CLI::Option* WithChoices(CLI::Option* option, const char* const (&choices)[N]) {
    const std::vector<std::string> list(std::begin(choices), std::end(choices));
    option->type_name("{" + CLI::detail::join(list, ",") + "}");
    option->check(
        [list](const std::string& value) {
          if (std::find(list.begin(), list.end(), value) != list.end()) return std::string();
          return fmt::format("{} is none of {}", value, fmt::join(list, ", "));
        },
        "");
    return option;
  }

  /// Makes the command and remembers to return `options` when it is chosen.
  template <class Options>
  CLI::App* Add(CLI::App* group, const char* name, const char* description, std::shared_ptr<Options> options) {
    CLI::App* command = group->add_subcommand(name, description);
    command->callback([this, options] { take_ = [options] { return Command(*options); }; });
    return command;
  }

  CLI::App* Group(const char* name, const char* description) {
    CLI::App* group = app_.add_subcommand(name, description);
    group->require_subcommand(1);
    return group;
  }

  static void AddHome(CLI::App* command, std::optional<std::string>& home) {
    command->add_option("--home", home, "The instance's folder; default: $DAGSTER_HOME")->type_name("FOLDER");
  }

  static void AddLocation(CLI::App* command, LocationOptions& location) {
    command
        ->add_option("--location", location.executables,
                     "An executable that links the Tidemill SDK; default: $TIDEMILL_LOCATION")
        ->type_name("EXECUTABLE")
        ->take_all()
        ->expected(1)
        ->allow_extra_args(false);
    command->add_option("-r,--repository", location.repository, "The repository, where the location has several");
  }

  /// An option that may be repeated, with one value each time.
  static CLI::Option* AddEach(CLI::App* command, const char* names, std::vector<std::string>& values,
                              const char* description) {
    return command->add_option(names, values, description)->take_all()->expected(1)->allow_extra_args(false);
  }

  static void AddWorkspace(CLI::App* command, WorkspaceOptions& workspace) {
    AddEach(command, "-w,--workspace", workspace.workspace_files, "A workspace file; default: workspace.yaml, if any")
        ->type_name("FILE");
    AddEach(command, "-f,--python-file", workspace.python_files, "A Python file with definitions")->type_name("FILE");
    AddEach(command, "-m,--module-name", workspace.modules, "A Python module with definitions")->type_name("MODULE");
    AddEach(command, "--package-name", workspace.packages, "A Python package with definitions")->type_name("PACKAGE");
    AddEach(command, "-l,--location", workspace.executables, "An executable that links the Tidemill SDK")
        ->type_name("EXECUTABLE");
    command->add_option("-a,--attribute", workspace.attribute, "The name of the definitions in the Python code");
    command
        ->add_option("-d,--working-directory", workspace.working_directory,
                     "Where Python code is imported from; default: here")
        ->type_name("FOLDER");
  }

  static void AddJson(CLI::App* command, bool& json) {
    command->add_flag("--json", json, "Write JSON for programs (docs/cli.md has the schemas)");
  }

  static void AddTags(CLI::App* command, std::vector<std::string>& tags) {
    command->add_option("--tags", tags, "Tags of the run: a JSON object or key=value; may be repeated")
        ->type_name("TAGS")
        ->take_all()
        ->expected(1)
        ->allow_extra_args(false);
  }

  static void AddRunOptions(CLI::App* command, RunOptions& run) {
    command
        ->add_option("-c,--config", run.config,
                     "Run configuration: a YAML or JSON file, a pattern of files, or the text itself if it starts with "
                     "'{'; of several, the later one wins")
        ->type_name("FILE|JSON")
        ->take_all()
        ->expected(1)
        ->allow_extra_args(false);
    command->add_option("--config-json", run.config_json, "Run configuration as JSON text; not together with --config")
        ->type_name("JSON");
    command->add_option("--partition", run.partition, "The partition to work on");
    command->add_option("--partition-range", run.partition_range, "Several partitions, as FIRST...LAST");
    command->add_option("--run-id", run.run_id, "The run's id; default: a new one");
    AddTags(command, run.tags);
  }

  void AddAssetCommands();
  void AddJobCommands();
  void AddRunCommands();
  void AddInstanceCommands();
  void AddServerCommands();
  void AddOtherCommands();

  CLI::App app_;
  std::function<Command()> take_;
};

void Parser::AddAssetCommands() {
  CLI::App* group = Group("asset", "Assets: list, materialize, check, wipe");

  const auto list = std::make_shared<AssetList>();
  CLI::App* command =
      Add(group, "list", "List assets with their group, kinds, dependencies, partitions and state", list);
  command->add_option("--select", list->select, "Which assets, e.g. 'group:ingest' or '*report'; default: all");
  AddLocation(command, list->location);
  AddHome(command, list->home);
  AddJson(command, list->json);

  const auto materialize = std::make_shared<AssetMaterialize>();
  command = Add(group, "materialize", "Execute a run that materializes a selection of assets", materialize);
  command->add_option("--select", materialize->select, "Which assets, e.g. '*' or 'raw_data+'; commas join several")
      ->required();
  AddLocation(command, materialize->location);
  AddHome(command, materialize->home);
  AddRunOptions(command, materialize->run);
  AddJson(command, materialize->json);

  const auto check = std::make_shared<AssetCheck>();
  command = Add(group, "check", "Execute a run of asset checks only", check);
  command->add_option("--select", check->select, "The assets whose checks are meant; default: all");
  command->add_option("--check", check->checks, "One check: ASSET:NAME or NAME; may be repeated; default: all")
      ->type_name("CHECK")
      ->take_all()
      ->expected(1)
      ->allow_extra_args(false);
  AddLocation(command, check->location);
  AddHome(command, check->home);
  AddRunOptions(command, check->run);
  AddJson(command, check->json);

  const auto wipe = std::make_shared<AssetWipe>();
  command = Add(group, "wipe", "Forget all materializations of assets; their stored values stay", wipe);
  command->add_flag("--all", wipe->all, "Every asset of the instance");
  command->add_flag("--noprompt,-y,--yes", wipe->no_prompt, "Do not ask first");
  AddHome(command, wipe->home);
  AddJson(command, wipe->json);
  // Keys are not a positional option of CLI11's: it would take the brackets of ["a", "b"] for a list of its own.
  command->allow_extras();
  command->footer("Arguments: asset keys, as a/b or [\"a\", \"b\"]");
  command->callback([this, wipe, command] {
    wipe->keys = command->remaining();
    for (const std::string& key : wipe->keys) {
      if (key.starts_with('-')) throw CLI::ExtrasError({key});
    }
    take_ = [wipe] { return Command(*wipe); };
  });
}

void Parser::AddJobCommands() {
  CLI::App* group = Group("job", "Jobs: list, execute, print");

  const auto list = std::make_shared<JobList>();
  CLI::App* command = Add(group, "list", "List the jobs of a code location", list);
  AddLocation(command, list->location);
  AddJson(command, list->json);

  const auto execute = std::make_shared<JobExecute>();
  command = Add(group, "execute", "Execute a run of a job", execute);
  command->add_option("-j,--job", execute->job, "The job; may be left out where there is one");
  command->add_option("-o,--op-selection", execute->op_selection, "Which ops, e.g. '*some_op+'; commas join several");
  AddLocation(command, execute->location);
  AddHome(command, execute->home);
  AddRunOptions(command, execute->run);
  AddJson(command, execute->json);

  const auto print = std::make_shared<JobPrint>();
  command = Add(group, "print", "Print a job's ops, dependencies, resources and configuration", print);
  command->add_option("-j,--job", print->job, "The job; may be left out where there is one");
  AddLocation(command, print->location);
  AddJson(command, print->json);
}

void Parser::AddRunCommands() {
  CLI::App* group = Group("run", "Runs: list, show, logs, delete, cancel, reexecute");
  const auto add_run_id = [](CLI::App* command, std::string& run_id) {
    command->add_option("run_id", run_id, "The run's id, as `tidemill run list` shows it")
        ->required()
        ->type_name("RUN_ID");
  };

  const auto list = std::make_shared<RunList>();
  CLI::App* command = Add(group, "list", "List runs, newest first", list);
  command->add_option("--limit", list->limit, "How many at most; 0: all")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command->add_option("-j,--job", list->job, "Only runs of this job");
  WithChoices(command->add_option("--status", list->statuses, "Only runs of this status; may be repeated"), kStatuses)
      ->take_all()
      ->expected(1)
      ->allow_extra_args(false);
  command->add_option("--tag", list->tags, "Only runs with this tag, as key=value; may be repeated")
      ->take_all()
      ->expected(1)
      ->allow_extra_args(false);
  AddHome(command, list->home);
  AddJson(command, list->json);

  const auto show = std::make_shared<RunShow>();
  command = Add(group, "show", "Show one run: its state, steps, assets, checks and errors", show);
  add_run_id(command, show->run_id);
  AddHome(command, show->home);
  AddJson(command, show->json);

  const auto logs = std::make_shared<RunLogs>();
  command = Add(group, "logs", "Show the events of a run, or what its steps printed", logs);
  add_run_id(command, logs->run_id);
  command->add_flag("-f,--follow", logs->follow, "Go on until the run ends");
  command->add_flag("--raw-stdout", logs->raw_stdout, "What the steps wrote to standard output");
  command->add_flag("--raw-stderr", logs->raw_stderr, "What the steps wrote to standard error");
  command->add_option("--step", logs->step, "Only this step");
  WithChoices(command->add_option("--level", logs->level, "Only events of this level or above")->capture_default_str(),
              kLevels);
  AddHome(command, logs->home);
  AddJson(command, logs->json);

  const auto remove = std::make_shared<RunDelete>();
  command = Add(group, "delete", "Delete a run and its events; cannot be undone", remove);
  add_run_id(command, remove->run_id);
  command->add_flag("-f,--force", remove->force, "Do not ask first");
  AddHome(command, remove->home);

  const auto cancel = std::make_shared<RunCancel>();
  command = Add(group, "cancel", "Ask a run to end", cancel);
  add_run_id(command, cancel->run_id);
  command->add_flag("--force", cancel->force, "Record it as canceled although no process of it is found here");
  AddHome(command, cancel->home);
  AddJson(command, cancel->json);

  const auto reexecute = std::make_shared<RunReexecute>();
  command = Add(group, "reexecute", "Execute a run again, whole or in part", reexecute);
  add_run_id(command, reexecute->run_id);
  command->add_flag("--from-failure", reexecute->from_failure, "Only the steps that failed, and those after them");
  command->add_option("--steps", reexecute->steps, "Only these steps, with commas between");
  AddTags(command, reexecute->tags);
  AddLocation(command, reexecute->location);
  AddHome(command, reexecute->home);
  AddJson(command, reexecute->json);
}

void Parser::AddInstanceCommands() {
  CLI::App* group = Group("instance", "The instance: info, migrate");

  const auto info = std::make_shared<InstanceInfo>();
  CLI::App* command = Add(group, "info", "Show where the instance keeps what, and its schema's revision", info);
  AddHome(command, info->home);
  AddJson(command, info->json);

  const auto migrate = std::make_shared<InstanceMigrate>();
  command = Add(group, "migrate", "Bring the schema of an older version's home to this one's", migrate);
  AddHome(command, migrate->home);
}

void Parser::AddServerCommands() {
  const auto dev = std::make_shared<Dev>();
  CLI::App* command = Add(&app_, "dev", "Serve the web UI and the API, and run what is launched there", dev);
  AddWorkspace(command, dev->workspace);
  AddHome(command, dev->home);
  command->add_option("--host", dev->host, "The address to listen on")->capture_default_str();
  command->add_option("-p,--port", dev->port, "The port to listen on; 0: a free one")->capture_default_str();
  command->add_option("--path-prefix", dev->path_prefix, "Serve below this path, e.g. /dagster");
  command->add_flag("--read-only", dev->read_only, "Refuse everything that changes something");
}

void Parser::AddOtherCommands() {
  CLI::App* group = Group("definitions", "Definitions: validate");
  const auto validate = std::make_shared<DefinitionsValidate>();
  CLI::App* command = Add(group, "validate", "Load code locations and report what is wrong with them", validate);
  AddLocation(command, validate->location);
  AddJson(command, validate->json);

  const auto completion = std::make_shared<Completion>();
  command = Add(&app_, "completion", "Print a script that completes tidemill's commands in a shell", completion);
  WithChoices(command->add_option("shell", completion->shell, "The shell"), kShells)->required();

  const auto topic = std::make_shared<std::vector<std::string>>();
  command = app_.add_subcommand("help", "Show help on a command, or on exit-codes");
  command->add_option("topic", *topic, "A command, e.g. asset list; or exit-codes")->type_name("TOPIC");
  command->callback([this, topic] {
    const bool exit_codes = *topic == std::vector<std::string>{"exit-codes"};
    take_ = [this, topic, exit_codes] { return Command(Print{exit_codes ? ExitCodeHelp() : HelpOf(*topic)}); };
  });
}

}  // namespace

Command ParseCommandLine(const std::vector<std::string>& arguments) { return Parser().Parse(arguments); }

CommandNode CommandTree() { return Parser().Tree(); }

}  // namespace tidemill::cli
