#include "models/lint/ingresses.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "models/kubernetes/nearest_key.hpp"
#include "models/scenario/made_objects.hpp"
#include "models/scenario/wording.hpp"

namespace towtank::lint {
namespace {

std::string port_text(const IntOrString& port) { return port.number ? std::to_string(*port.number) : port.text; }

/// `80 (http), 443 (https)`
std::string ports_text(const Service& service) {
  std::vector<std::string> ports;
  for (const ServicePort& port : service.ports)
    ports.push_back(std::to_string(port.port) + (port.name.empty() ? "" : " (" + port.name + ')'));
  return scenario::listed(ports);
}

/// What requests get whose rule leads nowhere.
std::string answer_of(const Ingress& ingress, const scenario::Scenario& scenario) {
  for (const scenario::IngressSpec& spec : scenario.ingress)
    if (spec.class_name == ingress.class_name && spec.controller == scenario::IngressController::nginx) return "502";
  return "503";
}

/// A backend of an Ingress with what it serves, `shop.example.com/api`.
struct Served {
  const Ingress& ingress;
  const IngressBackend& backend;
  std::string requests;
};

std::vector<Served> backends_of(const Ingress& ingress) {
  std::vector<Served> all;
  if (ingress.default_backend) all.push_back({ingress, *ingress.default_backend, "what no rule fits"});
  for (const IngressRule& rule : ingress.rules)
    for (const IngressPath& path : rule.paths)
      all.push_back(
          {ingress, path.backend, (rule.host.empty() ? "*" : rule.host) + (path.path.empty() ? "/" : path.path)});
  return all;
}

Finding finding_of(const Served& served, const std::string& to, const std::string& fault) {
  return {served.backend.mark, "backend " + served.ingress.meta.full_name() + ' ' + served.requests,
          title("Ingress", served.ingress.meta) + " sends " + served.requests + " to " + to + ", " + fault};
}

/// A number that is the pods' own: Ingresses name the Service's.
const ServicePort* port_by_target(const Service& service, const IntOrString& wanted) {
  for (const ServicePort& port : service.ports)
    if (wanted.number ? port.target_port.number == wanted.number : port.target_port.text == wanted.text) return &port;
  return nullptr;
}

void check_port(const Served& served, const Service& service, const std::string& answer, Findings& findings) {
  const IntOrString& wanted = served.backend.port;
  const auto is_wanted = [&](const ServicePort& port) {
    return wanted.number ? port.port == *wanted.number : port.name == wanted.text;
  };
  if (std::any_of(service.ports.begin(), service.ports.end(), is_wanted)) return;
  const ServicePort* meant = port_by_target(service, wanted);
  const std::string advice = meant == nullptr ? "it has " + ports_text(service)
                                              : "that is the targetPort of its port, " + std::to_string(meant->port) +
                                                    ": `port: {number: " + std::to_string(meant->port) + "}` would do";
  findings.push_back(finding_of(served, "port " + port_text(wanted) + " of " + title("Service", service.meta),
                                "which has no such port, so its controller answers " + answer + "; " + advice));
}

void check_backend(const Served& served, const scenario::VariantInput& input, Findings& findings) {
  if (scenario::is_action(served.backend)) {
    findings.push_back(finding_of(served, "an action of its annotations (alb.ingress.kubernetes.io/actions." + served.backend.service + ")",
                                  "such as a redirect, which is not modelled: no traffic can go by this rule"));
    return;
  }
  const std::string answer = answer_of(served.ingress, input.scenario);
  std::vector<std::string> known;
  for (const Service& service : input.objects.services) {
    if (service.meta.name_space != served.ingress.meta.name_space) continue;
    known.push_back(service.meta.name);
    if (service.meta.name != served.backend.service) continue;
    if (service.type != ServiceType::external_name) check_port(served, service, answer, findings);
    return;
  }
  std::sort(known.begin(), known.end());
  findings.push_back(finding_of(served, "Service/" + served.backend.service,
                                "which is not in namespace " + served.ingress.meta.name_space +
                                    ", so its controller answers " + answer + "; " +
                                    (known.empty() ? "no Service is" : "there is " + some_of(known)) +
                                    did_you_mean(served.backend.service, known)));
}

/// That of an Ingress without one is the default class. Empty: there is none.
std::string class_of(const Ingress& ingress, const std::vector<IngressClass>& classes) {
  if (!ingress.class_name.empty()) return ingress.class_name;
  std::string name;
  for (const IngressClass& each : classes)
    if (each.is_default && (name.empty() || each.meta.name < name)) name = each.meta.name;
  return name;
}

bool is_served(const Ingress& ingress, const std::string& class_name,
               const std::vector<ServedClass>& served) {
  return std::any_of(served.begin(), served.end(), [&](const ServedClass& each) {
    return each.name == class_name || (ingress.class_name.empty() && each.is_default);
  });
}

std::string class_message(const std::string& class_name, const std::vector<std::string>& ingresses,
                          const Subject& subject) {
  std::vector<std::string> known;
  for (const ServedClass& each : subject.built.ingress_classes) known.push_back(each.name);
  const std::string has = some_of(ingresses) + (ingresses.size() == 1 ? " has " : " have ");
  if (class_name.empty() && !known.empty())
    return has + "no class, and no IngressClass is the default, so no controller takes the rules; `ingressClassName: " +
           known.front() + "` would do";
  std::string message = has + (class_name.empty() ? "no class" : "class " + class_name);
  std::string product;
  for (const IngressClass& each : subject.input.objects.ingress_classes)
    if (each.meta.name == class_name) product = each.controller;
  if (!product.empty()) message += " (" + product + ')';
  message += ", for which there is no controller here, so no traffic goes by the rules; ";
  if (!known.empty()) return message + "there is one for " + scenario::listed(known) + did_you_mean(class_name, known);
  const bool stands_in = scenario::controller_of_class(class_name, product) == scenario::KnownController::ingress_nginx &&
                         class_name != "nginx" && !class_name.empty();
  return message + "`ingress: [{class: " + (class_name.empty() ? "nginx" : class_name) + "}]` in the scenario's spec" +
         (stands_in ? " (ingress-nginx stands in for it; `controller:` names another)" : "") +
         ", or the controller among its resources, would do";
}

}  // namespace

Findings backends_without_service(const Subject& subject) {
  Findings findings;
  for (const Ingress& ingress : subject.input.objects.ingresses)
    for (const Served& served : backends_of(ingress)) check_backend(served, subject.input, findings);
  return findings;
}

Findings classes_without_controller(const Subject& subject) {
  std::map<std::string, std::vector<const Ingress*>> by_class;
  for (const Ingress& ingress : subject.input.objects.ingresses) {
    const std::string class_name = class_of(ingress, subject.input.objects.ingress_classes);
    if (!is_served(ingress, class_name, subject.built.ingress_classes)) by_class[class_name].push_back(&ingress);
  }
  Findings findings;
  for (auto& [class_name, ingresses] : by_class) {
    std::sort(ingresses.begin(), ingresses.end(), [](const Ingress* a, const Ingress* b) {
      const Mark &left = a->meta.mark, &right = b->meta.mark;
      return std::tie(left.file, left.line, left.column) < std::tie(right.file, right.line, right.column);
    });
    std::vector<std::string> titles;
    for (const Ingress* ingress : ingresses) titles.push_back(title("Ingress", ingress->meta));
    findings.push_back(
        {ingresses.front()->meta.mark, "class " + class_name, class_message(class_name, titles, subject)});
  }
  return findings;
}

}  // namespace towtank::lint
