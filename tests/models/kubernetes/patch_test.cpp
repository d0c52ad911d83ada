#include "models/kubernetes/patch.hpp"

#include "tests/models/kubernetes/yaml_values.hpp"

namespace towtank {
namespace {

/// The object after the patch, or the problems.
std::string merged_differs(std::string_view object_text, std::string_view patch, std::string_view expected,
                           std::string_view kind = "Deployment") {
  Value object = yaml_value(object_text);
  const auto effect = strategic_merge(object, yaml_value(patch), kind);
  if (!effect) return all_problems(effect);
  return object.same_content(yaml_value(expected)) ? "" : "differs";
}

TEST_CASE("maps are merged, null deletes and other lists are replaced", "[unit]") {
  CHECK(merged_differs("{a: {x: 1, y: 2}, l: [1, 2], z: 1}", "{a: {y: 3, w: 4}, l: [3], z: ~, gone: ~}",
                       "{a: {x: 1, y: 3, w: 4}, l: [3]}")
            .empty());
}

TEST_CASE("containers are merged by name and their ports by containerPort", "[unit]") {
  CHECK(merged_differs(
            "{containers: [{name: a, image: x, ports: [{containerPort: 80, name: old, hostPort: 8}]}, {name: b}]}",
            "{containers: [{name: a, ports: [{containerPort: 80, name: new}, {containerPort: 81}]}, {name: c}]}",
            "{containers: [{name: a, image: x, ports: [{containerPort: 80, name: new, hostPort: 8}, {containerPort: "
            "81}]}, "
            "{name: b}, {name: c}]}")
            .empty());
}

TEST_CASE("a Service's ports are merged by port", "[unit]") {
  CHECK(merged_differs("{spec: {ports: [{port: 80, targetPort: 1}, {port: 81}]}}",
                       "{spec: {ports: [{port: 80, nodePort: 30080}]}}",
                       "{spec: {ports: [{port: 80, targetPort: 1, nodePort: 30080}, {port: 81}]}}", "Service")
            .empty());
}

TEST_CASE("lists of other kinds are replaced whole", "[unit]") {
  CHECK(merged_differs("{ports: [{port: 80}], backendRefs: [{name: a}]}",
                       "{ports: [{port: 81}], backendRefs: [{name: b}]}",
                       "{ports: [{port: 81}], backendRefs: [{name: b}]}", "HTTPRoute")
            .empty());
}

TEST_CASE("the directives delete and replace work on maps and on items", "[unit]") {
  CHECK(merged_differs("{containers: [{name: a}, {name: b}]}", "{containers: [{name: a, $patch: delete}]}",
                       "{containers: [{name: b}]}")
            .empty());
  CHECK(merged_differs("{containers: [{name: a}, {name: b}]}", "{containers: [{$patch: replace}, {name: c}]}",
                       "{containers: [{name: c}]}")
            .empty());
  CHECK(merged_differs("{a: {x: 1}, b: {x: 1}}", "{a: {$patch: replace, y: 2}, b: {$patch: delete}}", "{a: {y: 2}}")
            .empty());
  Value object = yaml_value("{kind: Deployment}");
  CHECK(*strategic_merge(object, yaml_value("{$patch: delete}"), "Deployment") == PatchEffect::deleted);
}

TEST_CASE("a new map brings no directives and no nulls along", "[unit]") {
  CHECK(merged_differs("{}", "{a: {b: {c: 1, d: ~}}, e: {$patch: delete}}", "{a: {b: {c: 1}}}").empty());
}

TEST_CASE("what a patch cannot say is an error", "[unit]") {
  CHECK_THAT(merged_differs("{}", "{containers: [{image: x}]}", "{}"), has_text("are merged by `name`; give it"));
  CHECK_THAT(merged_differs("{}", "{a: {$patch: remove}}", "{}"), has_text("`$patch` is delete, replace or merge"));
  CHECK_THAT(merged_differs("{}", "{$setElementOrder/x: []}", "{}"), has_text("is not read; `$patch` is"));
  CHECK_THAT(merged_differs("{}", "[1]", "{}"), has_text("expected a patch"));
}

std::string set_differs(std::string_view object_text, std::string_view path, std::string_view value,
                        std::string_view expected) {
  Value object = yaml_value(object_text);
  if (const auto problem = set_path(object, path, yaml_value(value))) return problem->message;
  return object.same_content(yaml_value(expected)) ? "" : "differs";
}

TEST_CASE("a path sets a field, and makes the maps on its way", "[unit]") {
  CHECK(set_differs("{spec: {replicas: 1}}", "spec.replicas", "8", "{spec: {replicas: 8}}").empty());
  CHECK(set_differs("{spec: ~}", "spec.a.b", "{c: 1}", "{spec: {a: {b: {c: 1}}}}").empty());
  CHECK(set_differs("{}", "metadata.annotations[\"a.b/c\"]", "x", "{metadata: {annotations: {a.b/c: x}}}").empty());
}

TEST_CASE("a path chooses an item of a list by a field or by its index", "[unit]") {
  const char* object = "{c: [{name: a, r: {cpu: 1}}, {name: b}]}";
  CHECK(set_differs(object, "c[name=b].r.cpu", "2", "{c: [{name: a, r: {cpu: 1}}, {name: b, r: {cpu: 2}}]}").empty());
  CHECK(set_differs(object, "c[0].r", "3", "{c: [{name: a, r: 3}, {name: b}]}").empty());
  CHECK(set_differs(object, "c[name=a]", "x", "{c: [x, {name: b}]}").empty());
}

TEST_CASE("a path that leads nowhere says where and what there is", "[unit][golden]") {
  const char* object = "{spec: {c: [{name: a}, {name: b}], n: 1}}";
  CHECK(set_differs(object, "spec.c[name=x].r", "1", "") ==
        "the path `spec.c[name=x].r` leads nowhere at `[name=x]` behind `spec.c`: there are: a, b");
  CHECK(set_differs(object, "spec.c[2]", "1", "") ==
        "the path `spec.c[2]` leads nowhere at `[2]` behind `spec.c`: the list has 2 items, counted from 0");
  CHECK(set_differs(object, "spec.n.x", "1", "") ==
        "the path `spec.n.x` leads nowhere at `x` behind `spec.n`: it is \"1\", which has no keys");
  CHECK(set_differs(object, "spec[0]", "1", "") ==
        "the path `spec[0]` leads nowhere at `[0]` behind `spec`: it is a map with 2 keys, no list");
}

TEST_CASE("a malformed path is an error", "[unit]") {
  for (const char* bad :
       {"", ".", "a.", ".a", "a..b", "a[", "a[]", "a[x]", "a[=x]", "a[x=]", "a[0]b", "a.[0]", "a[-1]"})
    CHECK_THAT(set_differs("{a: [1]}", bad, "1", ""), has_text("expected a path such as"));
}

}  // namespace
}  // namespace towtank
