use super::{Files, playbook, says};

/// What this template says; the host `a` has the variables `x: 1` and `evil`.
fn template(text: &str) -> (Files, String) {
    let files = Files::new();
    files.put(
        "i.yml",
        "groups:\n  g:\n    playbook: p.yml\n    vars: {x: 1, evil: \"$(touch /tmp/x) '\\\"\\n;\"}\n    hosts: ['a[1:3]']\n",
    );
    files.put(
        "p.yml",
        "name: p\nappraisal: log\nfiles:\n  - {path: /f, template: t/f.j2}\n",
    );
    files.put("t/f.j2", text);
    let errors = files.errors();
    (files, errors)
}

fn rendered(text: &str) -> String {
    let (files, errors) = template(text);
    assert_eq!(errors, "");
    files.load().unwrap().targets.remove(0).desired.files.remove(0).content
}

#[test]
fn an_undefined_variable_is_named_with_its_place_and_hosts() {
    let (_, errors) = template("one\n  two {{ nope }}\n");
    let expected = "error: the template uses an undefined variable: `nope` (host a1 and 2 more)
 --> t/f.j2:2:10
  |
2 |   two {{ nope }}
  |          ^^^^
  |
  = help: set it under `vars` of the host, its group or `defaults`";
    assert_eq!(errors, expected);
    says(&template("{% if nope %}x{% endif %}").1, "undefined variable: `nope`");
    says(&template("{{ x.y }}").1, "undefined variable: `x.y`");
    assert_eq!(rendered("{{ nope | default('d') }}"), "d\n");
}

#[test]
fn mistakes_in_a_template_are_placed() {
    says(&template("a\n{% if x %}\n").1, "the template has a syntax error: ");
    says(&template("a\n{{ x | upcase }}\n").1, "t/f.j2:2:8");
    says(&template("a\n{{ x | upcase }}\n").1, "filter upcase is unknown");
    says(
        &template("{% include 'n.j2' %}").1,
        "the template names another one that does not exist: ",
    );
}

#[test]
fn included_files_are_neighbours_and_answer_for_themselves() {
    let (files, _) = template("top\n{% include 'part.j2' %}\n");
    files.put("t/part.j2", "a\n\n{{ nope }}\n");
    says(
        &files.errors(),
        "undefined variable: `nope` (host a1 and 2 more)\n --> t/part.j2:3:4",
    );
    files.put("t/part.j2", "x is {{ x }} on {{ host }} of {{ group }}\n");
    assert_eq!(
        files.load().unwrap().targets[1].desired.files[0].content,
        "top\nx is 1 on a2 of g\n"
    );
    let (files, _) = template("{% include '../secret' %}");
    files.put("secret", "s");
    says(&files.errors(), "does not exist");
}

#[test]
fn hostile_variables_arrive_as_text() {
    assert_eq!(rendered("<{{ evil }}>"), "<$(touch /tmp/x) '\"\n;>\n");
}

#[test]
fn text_is_kept_as_it_is() {
    assert_eq!(rendered("a\n\n"), "a\n\n");
    assert_eq!(rendered("a"), "a\n");
    assert_eq!(
        rendered("a\n{% if x %}\n  b & <c>\n{% endif %}\nd\n"),
        "a\n  b & <c>\nd\n"
    );
}

#[test]
fn a_missing_template_is_said_of_the_line_that_names_it() {
    let files = Files::new();
    files.put("p.yml", "name: p\nappraisal: log\npolicy:\n  template: t/none.j2\n");
    let errors = files.errors();
    says(
        &errors,
        "cannot read the template t/none.j2: it does not exist (host a)\n --> p.yml:4:13",
    );
}

#[test]
fn text_in_a_playbook_is_placed_in_the_playbook() {
    let files = Files::new();
    files.put(
        "p.yml",
        "name: p\nappraisal: log\npolicy:\n  content: |\n    measure func=BPRM_CHECK\n    measure uid={{ nope }}\n",
    );
    says(&files.errors(), "undefined variable: `nope` (host a)\n --> p.yml:6:20");
    files.put(
        "p.yml",
        "name: p\nappraisal: log\npolicy:\n  rules:\n    - measure func=BPRM_CHECK\n    - measure uid={{ nope }}\n",
    );
    says(&files.errors(), "undefined variable: `nope` (host a)\n --> p.yml:6:22");
}

#[test]
fn a_variable_cannot_add_a_rule() {
    let files = Files::new();
    files.put(
        "i.yml",
        "groups: {g: {playbook: p.yml, hosts: [a], vars: {v: \"0\\ndont_appraise\"}}}\n",
    );
    files.put(
        "p.yml",
        "name: p\nappraisal: log\npolicy: {rules: ['measure uid={{ v }}']}\n",
    );
    says(
        &files.errors(),
        "this rule becomes more than one line: \"measure uid=0\\ndont_appraise\"",
    );
    files.put(
        "i.yml",
        "groups: {g: {playbook: p.yml, hosts: [a], vars: {v: \"0\\0\"}}}\n",
    );
    says(&files.errors(), "the rendered text holds a NUL character");
    files.put("p.yml", "name: p\nappraisal: log\npolicy: {template: t.j2}\n");
    files.put("t.j2", "measure func=BPRM_CHECK\r\n");
    says(
        &files.errors(),
        "line 1 of the rendered `policy` holds a control character",
    );
}

#[test]
fn a_rule_that_no_kernel_takes_is_shown_where_it_is_written() {
    let files = Files::new();
    files.put("p.yml", "name: p\nappraisal: log\npolicy: {template: t.j2}\n");
    files.put(
        "t.j2",
        "{% include 'more.j2' %}\n{% if group == 'g' %}\n  measure\n  audit fucn=BPRM_CHECK\n{% endif %}\n",
    );
    files.put("more.j2", "# more\nmeasure uid={{ host }}\nmeasure func=BRPM_CHECK\n");
    let errors = files.errors();
    says(
        &errors,
        " --> t.j2:4:9\n  |\n4 |   audit fucn=BPRM_CHECK\n  |         ^^^^^^^^^^^^^^^",
    );
    says(&errors, " --> more.j2:3:9\n");
    // What a variable has made is not written anywhere.
    says(&errors, "line 2, column 9");
    says(&errors, "--> t.j2\n");
    let errors = playbook("policy:\n  content: |\n    measure\n    measure func=X\n");
    says(&errors, " --> p.yml:4:13\n");
    let errors = playbook("policy: {rules: [measure, 'measure func=X']}\n");
    says(&errors, " --> p.yml:1:27\n");
}
