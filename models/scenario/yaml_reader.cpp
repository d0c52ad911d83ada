#include "models/scenario/yaml_reader.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <utility>

#include "models/kubernetes/lost_lines.hpp"
#include "models/scenario/yaml_text.hpp"

namespace towtank {
namespace {

/// The only way to leave the library's parser early; never leaves this file.
struct Stop {};

/// A finished value with its size, so that limits need no walk over it.
struct Measured {
  Value value;
  std::size_t values = 1;  ///< itself and all within
  std::size_t depth = 0;   ///< of lists and maps: 0 for a scalar
};

/// Builds Values from the library's events, without recursion.
class Builder final : public YAML::EventHandler {
 public:
  Builder(std::string_view text, const std::string& file_name) : text_{text}, file_name_{file_name} {}

  std::vector<Value> documents;
  Problems problems;

  Mark mark_of(const YAML::Mark& mark) const { return {file_name_, mark.line + 1, mark.column + 1}; }

  /// Line of the last value that was read, from 1.
  int last_line() const { return last_line_; }

  /// The innermost list or map that is still open; null when none is.
  const Value* innermost_open() const { return frames_.empty() ? nullptr : &frames_.back().content.value; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    // The library starts a new document with whatever text a finished value leaves over.
    if (document_count_ > 0 && !is_document_start(mark.line))
      stop(mark_of(mark),
           "this stands after a value that has already ended; check its indentation, quotes and brackets "
           "(or begin a new document with `---`)");
    ++document_count_;
    anchors_.clear();
  }

  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Measured null;
    null.value.mark = mark_of(mark);
    add(std::move(null), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    if (known == anchors_.end()) stop(mark_of(mark), "this alias stands inside the value that it refers to");
    count_expanded(known->second.values, mark_of(mark));
    if (frames_.size() + known->second.depth > kYamlDeepestNesting) stop_too_deep(mark_of(mark));
    Measured copy = known->second;
    if (!takes_key()) {
      add(std::move(copy), 0);
      return;
    }
    copy.value.mark = mark_of(mark);
    take_key(std::move(copy.value));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Measured scalar;
    const bool quoted = tag == "!" || tag == core("str");
    if (tag == core("null")) {
      scalar.value.mark = mark_of(mark);
    } else {
      if (!quoted && tag != "?" && !tag.empty() && tag != core("int") && tag != core("float") && tag != core("bool"))
        refuse_tag(mark, tag);
      scalar.value = Value::make_scalar(value, mark_of(mark), quoted);
    }
    add(std::move(scalar), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    if (tag != "?" && tag != "!" && !tag.empty() && tag != core("seq")) refuse_tag(mark, tag);
    open(Value::make_sequence(mark_of(mark)), anchor);
  }

  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    if (tag != "?" && tag != "!" && !tag.empty() && tag != core("map")) refuse_tag(mark, tag);
    open(Value::make_map(mark_of(mark)), anchor);
  }

  void OnMapEnd() override {
    report_duplicates(frames_.back().content.value);
    resolve_merge(frames_.back());
    close();
  }

 private:
  struct Frame {
    Measured content;
    YAML::anchor_t anchor = 0;
    bool is_key = false;       ///< stands where a key should: refused when it is complete
    bool key_is_next = false;  ///< in a map
    Value::Entry pending;      ///< key read, value to come
    bool pending_is_merge = false;
    std::optional<Value> merge;  ///< what stood under `<<`
    Mark merge_mark;
  };

  static std::string core(const char* name) { return std::string{"tag:yaml.org,2002:"} + name; }

  /// Whether line `line` (from 0) begins with the marker of a new document. Documents come in the order of the text, so
  /// the search goes on from the last one.
  bool is_document_start(int line) {
    for (; scanned_line_ < line; ++scanned_line_) {
      const std::size_t end = text_.find('\n', scanned_to_);
      if (end == std::string_view::npos) return false;
      scanned_to_ = end + 1;
    }
    return text_.substr(scanned_to_, 3) == "---";
  }

  [[noreturn]] void stop(Mark mark, std::string message) {
    problems.push_back({std::move(mark), std::move(message)});
    throw Stop{};
  }

  [[noreturn]] void stop_too_deep(Mark mark) {
    stop(std::move(mark),
         "lists and maps are nested more than " + std::to_string(kYamlDeepestNesting) + " deep; no such file is read");
  }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) {
    problems.push_back({mark_of(mark), "the tag `" + tag + "` is not read; remove it (text needs quotes, no tag)"});
  }

  void count_written(const Mark& mark) {
    ++written_;
    last_line_ = std::max(last_line_, mark.line);
    if (written_ + expanded_ > kYamlMostValues)
      stop(mark, "more than " + std::to_string(kYamlMostValues) + " values; split the text into several files");
  }

  /// Small texts may expand freely up to a floor; beyond it, an expansion out of proportion is an attack or a mistake.
  void count_expanded(std::size_t values, const Mark& mark) {
    constexpr std::size_t kFloor = 1'000;
    expanded_ += values;
    if (expanded_ > std::max(kFloor, written_) * kYamlLargestExpansion || written_ + expanded_ > kYamlMostValues)
      stop(mark, "the aliases (`*name`) of this text expand to more than " + std::to_string(kYamlLargestExpansion) +
                     " times what is written; write the values out");
  }

  bool takes_key() const {
    return !frames_.empty() && frames_.back().content.value.is_map() && frames_.back().key_is_next;
  }

  void take_key(Value key) {
    if (key.is_null()) stop(key.mark, "found a value without a key before its `:`; name the key");
    if (!key.is_scalar()) stop(key.mark, "a key must be plain text, found " + key.description());
    Frame& map = frames_.back();
    map.pending_is_merge = !key.quoted && key.scalar == "<<";
    map.pending = {std::move(key.scalar), std::move(key.mark), Value{}};
    map.key_is_next = false;
  }

  void add(Measured node, YAML::anchor_t anchor) {
    count_written(node.value.mark);
    remember(node, anchor);
    if (takes_key()) {
      take_key(std::move(node.value));
    } else {
      store(std::move(node));
    }
  }

  void remember(const Measured& node, YAML::anchor_t anchor) {
    if (anchor == 0) return;
    count_expanded(node.values, node.value.mark);
    anchors_.insert_or_assign(anchor, node);
  }

  void open(Value container, YAML::anchor_t anchor) {
    if (frames_.size() >= kYamlDeepestNesting) stop_too_deep(container.mark);
    count_written(container.mark);
    Frame frame;
    frame.is_key = takes_key();
    frame.key_is_next = container.is_map();
    frame.content.value = std::move(container);
    frame.content.depth = 1;
    frame.anchor = anchor;
    frames_.push_back(std::move(frame));
  }

  void close() {
    Measured node = std::move(frames_.back().content);
    const YAML::anchor_t anchor = frames_.back().anchor;
    if (frames_.back().is_key) stop(node.value.mark, "a key must be plain text, found " + node.value.description());
    frames_.pop_back();
    remember(node, anchor);
    store(std::move(node));
  }

  /// Puts a finished value where it belongs: the open list, under the pending key, or the list of documents.
  void store(Measured node) {
    if (frames_.empty()) {
      if (!node.value.is_null()) documents.push_back(std::move(node.value));
      return;
    }
    Frame& parent = frames_.back();
    parent.content.values += node.values;
    parent.content.depth = std::max(parent.content.depth, node.depth + 1);
    if (parent.content.value.is_sequence()) {
      parent.content.value.items.push_back(std::move(node.value));
      return;
    }
    parent.key_is_next = true;
    // The library puts an absent value where the next thing begins, which may be lines away.
    if (node.value.is_null() && node.value.mark.line != parent.pending.mark.line) node.value.mark = parent.pending.mark;
    if (parent.pending_is_merge) {
      if (parent.merge) report_duplicate("<<", parent.pending.mark, parent.merge_mark);
      parent.merge = std::move(node.value);
      parent.merge_mark = std::move(parent.pending.mark);
      return;
    }
    parent.pending.value = std::move(node.value);
    parent.content.value.entries.push_back(std::move(parent.pending));
  }

  void report_duplicate(const std::string& key, const Mark& second, const Mark& first) {
    problems.push_back({second, "the key \"" + key + "\" is given twice, first at line " + std::to_string(first.line) +
                                    ", again at line " + std::to_string(second.line) + "; keep one of them" +
                                    (key == "apiVersion" && second.column == 1 ? ", or put a line --- between two objects" : "")});
  }

  void report_duplicates(const Value& map) {
    std::vector<const Value::Entry*> sorted;
    sorted.reserve(map.entries.size());
    for (const Value::Entry& entry : map.entries) sorted.push_back(&entry);
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const Value::Entry* a, const Value::Entry* b) { return a->key < b->key; });
    const Value::Entry* first = nullptr;
    for (const Value::Entry* entry : sorted) {
      if (first != nullptr && first->key == entry->key) {
        report_duplicate(entry->key, entry->mark, first->mark);
      } else {
        first = entry;
      }
    }
  }

  /// Adds what `<<` brings; keys that are there already win.
  /// @source YAML "merge key" type, yaml.org/type/merge.html
  void resolve_merge(Frame& frame) {
    if (!frame.merge) return;
    std::vector<const Value*> sources;
    if (frame.merge->is_map()) sources.push_back(&*frame.merge);
    if (frame.merge->is_sequence())
      for (const Value& item : frame.merge->items) sources.push_back(&item);
    bool only_maps = !sources.empty();
    for (const Value* source : sources) only_maps = only_maps && source->is_map();
    if (!only_maps) {
      problems.push_back({frame.merge_mark, "`<<` merges a map or a list of maps (as in `<<: *name`), found " +
                                                frame.merge->description()});
      return;
    }
    Value& map = frame.content.value;
    std::set<std::string_view> present;
    for (const Value::Entry& entry : map.entries) present.insert(entry.key);
    std::vector<const Value::Entry*> added;
    for (const Value* source : sources)
      for (const Value::Entry& entry : source->entries)
        if (present.insert(entry.key).second) added.push_back(&entry);
    for (const Value::Entry* entry : added) map.entries.push_back(*entry);
  }

  std::string_view text_;
  const std::string& file_name_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, Measured> anchors_;
  std::size_t written_ = 0;
  std::size_t expanded_ = 0;
  std::size_t document_count_ = 0;
  int last_line_ = 1;
  int scanned_line_ = 0;        ///< from 0
  std::size_t scanned_to_ = 0;  ///< where that line begins
};

/// What the library refused, told with what the text and the values read so far show.
Problems broken_text(const YAML::Exception& exception, const Builder& builder, std::string_view text) {
  const std::string_view message = exception.msg;
  const Mark mark = builder.mark_of(exception.mark);
  const auto [document, first_line] = document_around(text, exception.mark.line);
  if (Problems lost = lost_lines(document, {mark.file, first_line + 1, 1}); !lost.empty()) return lost;
  const std::string_view line = line_of(text, exception.mark.line);
  const std::string_view indentation = line.substr(0, std::min(line.size(), line.find_first_not_of(" \t")));
  if (indentation.find('\t') != std::string_view::npos)
    return {{mark, plain_words("illegal tab when looking for indentation")}};
  if (message == "illegal document indicator in scalar" && line.substr(0, 3) != "---" && line.substr(0, 3) != "...")
    return {{{mark.file, builder.last_line(), 0},
             "the text ends inside quotes that were opened at or after this line; close them"}};
  const Value* open = builder.innermost_open();
  if (open != nullptr && message.find("flow not found") != std::string_view::npos)
    return {{mark, plain_words(message) + (open->is_map() ? " (the `{` is at line " : " (the `[` is at line ") +
                       std::to_string(open->mark.line) + ")"}};
  if (message == "illegal map value")
    if (std::string below = indented_below_value(text, exception.mark.line); !below.empty()) return {{mark, below}};
  return {{mark, plain_words(message)}};
}

void sort_by_place(Problems& problems) {
  std::stable_sort(problems.begin(), problems.end(), [](const Problem& a, const Problem& b) {
    return std::pair{a.mark.line, a.mark.column} < std::pair{b.mark.line, b.mark.column};
  });
}

/// The library takes the end of the text for a closing quote. Behind an explicit end of document it complains instead.
std::string with_document_end(std::string_view text) {
  std::string ended{text};
  if (!ended.empty() && ended.back() != '\n') ended += '\n';
  return ended += "...\n";
}

}  // namespace

Result<std::vector<Value>> read_yaml(std::string_view text, const std::string& file_name) {
  if (text.substr(0, 3) == "\xEF\xBB\xBF") text.remove_prefix(3);
  if (std::optional<Problem> problem = unreadable_text(text, file_name)) return std::move(*problem);
  Builder builder{text, file_name};
  try {
    std::istringstream stream{with_document_end(text)};
    YAML::Parser parser{stream};
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop&) {
    // The builder has said why.
  } catch (const YAML::Exception& exception) {
    for (Problem& problem : broken_text(exception, builder, text)) builder.problems.push_back(std::move(problem));
  } catch (const std::exception& exception) {
    builder.problems.push_back({{file_name, 0, 0}, plain_words(exception.what())});
  }
  if (builder.problems.empty()) return std::move(builder.documents);
  sort_by_place(builder.problems);
  return std::move(builder.problems);
}

}  // namespace towtank
