#![allow(clippy::unwrap_used, clippy::panic)]

use super::*;
use crate::resource::grub_default::{satisfied, tokens_after};
use proptest::prelude::*;
use std::process::Command;

fn wanted() -> Vec<(String, Token)> {
    vec![
        (
            "ima_policy".to_owned(),
            Token::Repeated(vec!["tcb".to_owned(), "appraise_tcb".to_owned()]),
        ),
        ("rootflags".to_owned(), Token::Value("i_version".to_owned())),
        ("quiet".to_owned(), Token::Absent),
        ("ima_appraise".to_owned(), Token::Value("${imaform_boot}".to_owned())),
    ]
}

fn file(path: &str, content: &str) -> GrubFile {
    GrubFile {
        path: path.to_owned(),
        content: content.to_owned(),
    }
}

fn edited(files: &[GrubFile], wanted: &[(String, Token)]) -> Vec<GrubFile> {
    let changed = match edit(files, wanted) {
        Ok(GrubEdit::Unchanged) => Vec::new(),
        Ok(GrubEdit::Changed(changed)) => changed,
        Err(error) => panic!("{error}"),
    };
    let new = |file: &GrubFile| changed.iter().find(|new| new.path == file.path).unwrap_or(file).clone();
    files.iter().map(new).collect()
}

fn one(content: &str) -> String {
    edited(&[file(GRUB_DEFAULT, content)], &wanted()).remove(0).content
}

/// What a real shell makes of the files.
fn sourced(shell: &str, files: &[GrubFile]) -> Option<(String, String)> {
    let dir = tempfile::tempdir().unwrap();
    let mut command = Command::new(shell);
    command.args([
        "-c",
        "for f; do . \"$f\"; done; printf '%s\\n%s\\n' \"$GRUB_CMDLINE_LINUX\" \"$GRUB_CMDLINE_LINUX_DEFAULT\"",
        "sh",
    ]);
    for (index, file) in files.iter().enumerate() {
        let path = dir.path().join(format!("{index}.cfg"));
        std::fs::write(&path, &file.content).unwrap();
        command.arg(path);
    }
    let output = match command.output() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        output => output.unwrap(),
    };
    assert!(
        output.status.success(),
        "{shell}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let (linux, default) = text
        .trim_end_matches('\n')
        .split_once('\n')
        .unwrap_or((text.trim_end(), ""));
    Some((linux.to_owned(), default.to_owned()))
}

fn foreign(tokens: &[String]) -> Vec<String> {
    let owned = [
        "ima_policy",
        "rootflags",
        "quiet",
        "ima_appraise",
        "ima_tcb",
        "ima_appraise_tcb",
    ];
    let key = |token: &String| token.split('=').next().unwrap_or_default().replace('-', "_");
    tokens
        .iter()
        .filter(|token| !owned.contains(&key(token).as_str()))
        .cloned()
        .collect()
}

/// Edits, and lets every shell that is there judge the outcome.
fn judged(files: &[GrubFile], wanted: &[(String, Token)]) -> Vec<GrubFile> {
    let new = edited(files, wanted);
    assert_eq!(edit(&new, wanted), Ok(GrubEdit::Unchanged), "{new:?}");
    for shell in ["sh", "dash", "bash"] {
        let (Some((linux, default)), Some((linux_before, default_before))) =
            (sourced(shell, &new), sourced(shell, files))
        else {
            continue;
        };
        let all = format!("{linux} {default}");
        assert_eq!(satisfied(&all, wanted), Ok(()), "{shell}: {all} from {new:?}");
        assert_eq!(
            foreign(&tokens_after(&linux)),
            foreign(&tokens_after(&linux_before)),
            "{shell}: {new:?}"
        );
        assert_eq!(
            foreign(&tokens_after(&default)),
            foreign(&tokens_after(&default_before)),
            "{shell}: {new:?}"
        );
    }
    new
}

const NEW: &str = r"ima_policy=tcb ima_policy=appraise_tcb rootflags=i_version ima_appraise=\${imaform_boot}";

#[test]
fn edits_what_stands_there() {
    for (before, after) in [
        ("GRUB_CMDLINE_LINUX=\"\"\n", format!("GRUB_CMDLINE_LINUX=\"{NEW}\"\n")),
        ("GRUB_CMDLINE_LINUX=\n", format!("GRUB_CMDLINE_LINUX=\"{NEW}\"\n")),
        ("GRUB_CMDLINE_LINUX=a\\ b # c\n", format!("GRUB_CMDLINE_LINUX=\"a b {NEW}\" # c\n")),
        ("GRUB_CMDLINE_LINUX='a'\n", format!("GRUB_CMDLINE_LINUX='a {}'\n", NEW.replace('\\', ""))),
        ("  export GRUB_CMDLINE_LINUX=\"a\"  # it's \"x\n", format!("  export GRUB_CMDLINE_LINUX=\"a {NEW}\"  # it's \"x\n")),
        ("A=1\r\nGRUB_CMDLINE_LINUX=\" a  b \"\r\n# é\r\n", format!("A=1\r\nGRUB_CMDLINE_LINUX=\" a  b {NEW} \"\r\n# é\r\n")),
        ("GRUB_CMDLINE_LINUX=\"a \\\n  b\"\n", format!("GRUB_CMDLINE_LINUX=\"a \\\n  b {NEW}\"\n")),
        ("GRUB_CMDLINE_LINUX=\"x=\\\"foo bar\\\" y\"\n", format!("GRUB_CMDLINE_LINUX=\"x=\\\"foo bar\\\" y {NEW}\"\n")),
        ("GRUB_CMDLINE_LINUX=\"$A ${B}c quiet\"\n", format!("GRUB_CMDLINE_LINUX=\"$A ${{B}}c {NEW}\"\n")),
        ("GRUB_CMDLINE_LINUX=\"a -- quiet\"\n", format!("GRUB_CMDLINE_LINUX=\"a {NEW} -- quiet\"\n")),
        ("# nothing", format!("# nothing\nGRUB_CMDLINE_LINUX=\"{NEW}\"\n")),
        ("# x \\\n", format!("# x \\\nGRUB_CMDLINE_LINUX=\"{NEW}\"\n")),
        ("", format!("GRUB_CMDLINE_LINUX=\"{NEW}\"\n")),
        ("GRUB_CMDLINE_LINUX=\"a\";\n", format!("GRUB_CMDLINE_LINUX=\"a {NEW}\";\n")),
        (
            "GRUB_CMDLINE_LINUX=\"quiet a ima_appraise=fix rootflags=x ima_tcb b ima_appraise=enforce \\\"ima-policy=tcb\\\" ima_policy=x z\"\n",
            "GRUB_CMDLINE_LINUX=\"a ima_appraise=\\${imaform_boot} rootflags=i_version b \\\"ima-policy=tcb\\\" ima_policy=appraise_tcb z\"\n".to_owned(),
        ),
        (
            "if x; then\n A=\"GRUB_CMDLINE_LINUX=no\"\nfi\ncat <<EOF >/dev/null\nGRUB_CMDLINE_LINUX=no \"\nEOF\nGRUB_CMDLINE_LINUX=quiet\n",
            format!("if x; then\n A=\"GRUB_CMDLINE_LINUX=no\"\nfi\ncat <<EOF >/dev/null\nGRUB_CMDLINE_LINUX=no \"\nEOF\nGRUB_CMDLINE_LINUX=\"{NEW}\"\n"),
        ),
        (
            "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet splash\"\nGRUB_CMDLINE_LINUX=\"\"",
            format!("GRUB_CMDLINE_LINUX_DEFAULT=\"splash\"\nGRUB_CMDLINE_LINUX=\"{NEW}\""),
        ),
        (
            "GRUB_CMDLINE_LINUX_DEFAULT=\"`x` $(y)\"\nGRUB_CMDLINE_LINUX=''\nexport GRUB_CMDLINE_LINUX\n",
            format!("GRUB_CMDLINE_LINUX_DEFAULT=\"`x` $(y)\"\nGRUB_CMDLINE_LINUX='{}'\nexport GRUB_CMDLINE_LINUX\n", NEW.replace('\\', "")),
        ),
        ("GRUB_CMDLINE_LINUX=`x`\nGRUB_CMDLINE_LINUX=\n", format!("GRUB_CMDLINE_LINUX=`x`\nGRUB_CMDLINE_LINUX=\"{NEW}\"\n")),
        ("GRUB_CMDLINE_LINUX=\"  quiet  \"\n", format!("GRUB_CMDLINE_LINUX=\"  {NEW}  \"\n")),
    ] {
        assert_eq!(one(before), after, "{before}");
    }
}

#[test]
fn refuses_what_is_not_certain() {
    for (content, line, message) in [
        ("A=1\nGRUB_CMDLINE_LINUX+=\" a\"\n", 2, "+="),
        ("GRUB_CMDLINE_LINUX=\"`x`\"\n", 1, "computed by the shell"),
        ("GRUB_CMDLINE_LINUX=\"$(x \"y\")\"\n", 1, "computed by the shell"),
        ("if x; then\nGRUB_CMDLINE_LINUX=a\nfi\n", 2, "inside an if"),
        ("f() {\n GRUB_CMDLINE_LINUX=a\n}\n", 2, "inside an if"),
        ("case x in\n x)\n GRUB_CMDLINE_LINUX=a ;;\nesac\n", 3, "inside an if"),
        ("(\nGRUB_CMDLINE_LINUX=a\n)\n", 2, "inside an if"),
        ("A=1; GRUB_CMDLINE_LINUX=a\n", 1, "more than this one"),
        ("GRUB_CMDLINE_LINUX=a; B=1\n", 1, "more than this one"),
        ("x &&\nGRUB_CMDLINE_LINUX=a\n", 2, "more than this one"),
        ("GRUB_CMDLINE_LINUX=a >x\n", 1, ""),
        ("A=1 GRUB_CMDLINE_LINUX=a\n", 1, "other than a plain"),
        (
            "GRUB_CMDLINE_LINUX=a\nunset GRUB_CMDLINE_LINUX\n",
            2,
            "other than a plain",
        ),
        (
            "GRUB_CMDLINE_LINUX=a\n: ${GRUB_CMDLINE_LINUX:=b}\n",
            2,
            "other than a plain",
        ),
        ("GRUB_CMDLINE_LINUX=\"a\"'b'\n", 1, "kinds of quotes"),
        ("GRUB_CMDLINE_LINUX=~\n", 1, "kinds of quotes"),
        ("GRUB_CMDLINE_LINUX=\"a\nb\"\n", 1, "line break"),
        ("GRUB_CMDLINE_LINUX=\"a=\\\"b\"\n", 1, "left open for GRUB"),
        ("\nGRUB_CMDLINE_LINUX=\"a\n\n", 2, "never closed"),
        (
            "GRUB_CMDLINE_LINUX=a\nGRUB_CMDLINE_LINUX_DEFAULT=\"$(x) quiet\"\n",
            2,
            "take these parameters out",
        ),
    ] {
        let error = edit(&[file(GRUB_DEFAULT, content)], &wanted()).unwrap_err().to_string();
        assert!(error.contains(message), "{content}: {error}");
        assert!(
            error.starts_with(&format!("/etc/default/grub, line {line}: ")),
            "{content}: {error}"
        );
    }
    assert_eq!(edit(&[], &wanted()), Err(GrubError::NoFile));
    for open in ["A=1 \\", "A=1 \\\n", "if x; then\n", "cat <<E\n"] {
        assert!(
            matches!(
                edit(&[file(GRUB_DEFAULT, open)], &wanted()),
                Err(GrubError::Unfinished { .. })
            ),
            "{open}"
        );
    }
    for (key, token) in [
        ("a", Token::Value("x\"y".to_owned())),
        ("a", Token::Value("$(touch /tmp/x)".to_owned())),
        ("a", Token::Value("${x:-y}".to_owned())),
        ("a", Token::Value("x\ny".to_owned())),
        ("a'b", Token::Flag),
        ("", Token::Flag),
        ("lsm", Token::Member("integrity".to_owned())),
    ] {
        assert!(
            edit(&[file(GRUB_DEFAULT, "")], &[(key.to_owned(), token)]).is_err(),
            "{key}"
        );
    }
}

#[test]
fn shells_agree() {
    for content in [
        "",
        "GRUB_CMDLINE_LINUX=\n",
        "GRUB_CMDLINE_LINUX='x=\"a b\" ima_tcb'\n",
        "GRUB_CMDLINE_LINUX=\"x=\\\"a b\\\" \\\\\\$y rootflags=1 \\\n quiet z\" # it's\n",
        "GRUB_CMDLINE_LINUX=a\\ b\\\"c\\ d\\\"\nGRUB_CMDLINE_LINUX_DEFAULT='quiet ima-appraise=off splash'\n",
        "X=1\nGRUB_CMDLINE_LINUX=\"a$X ${X:-y} quiet\"\n",
        "GRUB_CMDLINE_LINUX=\"ima_appraise=enforce -- ima_appraise=x\"\n",
        "GRUB_CMDLINE_LINUX=\"a|b ima_policy=tcb|x\"\r\n",
    ] {
        judged(&[file(GRUB_DEFAULT, content)], &wanted());
    }
}

#[test]
fn the_last_file_wins_and_what_it_builds_on_is_cleared() {
    let files = [
        file(
            GRUB_DEFAULT,
            "GRUB_CMDLINE_LINUX=\"a ima_appraise=fix\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n",
        ),
        file(
            "/etc/default/grub.d/50.cfg",
            "GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX foo\"\n",
        ),
        file(
            "/etc/default/grub.d/60.cfg",
            "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT x\"\n",
        ),
    ];
    let new = judged(&files, &wanted());
    let contents: Vec<&str> = new.iter().map(|file| file.content.as_str()).collect();
    let last = format!("GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX foo {NEW}\"\n");
    assert_eq!(
        contents,
        [
            "GRUB_CMDLINE_LINUX=\"a\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"\"\n",
            last.as_str(),
            files[2].content.as_str()
        ]
    );
}

#[test]
fn stock_files_of_distributions_change_in_one_line() {
    let debian = "# If you change this file, run 'update-grub' afterwards\n\nGRUB_DEFAULT=0\nGRUB_TIMEOUT=5\n\
        GRUB_DISTRIBUTOR=`( . /etc/os-release; echo ${NAME:-Debian} ) 2>/dev/null || echo Debian`\n\
        GRUB_DISTRIBUTOR=$( . /etc/os-release && echo \"${NAME:-D)}\" || echo Debian )\n\
        GRUB_CMDLINE_LINUX_DEFAULT=\"splash\"\nGRUB_CMDLINE_LINUX=\"\"\n\n\
        #GRUB_BADRAM=\"0x01234567,0xfefefefe\"\n#GRUB_INIT_TUNE=\"480 440 1\n";
    let azure = "GRUB_CMDLINE_LINUX=\"console=tty1 console=ttyS0 earlyprintk=ttyS0\"\nunset GRUB_TERMINAL\n";
    let kdump = "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT crashkernel=512M-:192M\"\n";
    let new = judged(&[file(GRUB_DEFAULT, debian), file("k.cfg", kdump)], &wanted());
    let line = format!("GRUB_CMDLINE_LINUX=\"{NEW}\"");
    assert_eq!(new[0].content, debian.replace("GRUB_CMDLINE_LINUX=\"\"", &line));
    assert_eq!(new[1].content, kdump);
    let new = judged(
        &[file(GRUB_DEFAULT, debian), file("50-cloudimg-settings.cfg", azure)],
        &wanted(),
    );
    assert_eq!(new[0].content, debian);
    assert_eq!(new[1].content, azure.replace("=ttyS0\"", &format!("=ttyS0 {NEW}\"")));
}

#[test]
fn values_that_grub_would_take_apart_are_quoted() {
    let wanted = vec![("ima_policy".to_owned(), Token::Value("tcb|appraise_tcb".to_owned()))];
    let new = judged(&[file(GRUB_DEFAULT, "GRUB_CMDLINE_LINUX=\"a\"\n")], &wanted);
    assert_eq!(
        new[0].content,
        "GRUB_CMDLINE_LINUX=\"a \\\"ima_policy=tcb|appraise_tcb\\\"\"\n"
    );
}

#[test]
fn says_what_an_effective_value_lacks() {
    let mismatches = satisfied(
        "quiet ima_policy=tcb ima_appraise='${imaform_boot}' rootflags=i_version",
        &wanted(),
    )
    .unwrap_err();
    let messages: Vec<String> = mismatches.iter().map(ToString::to_string).collect();
    assert_eq!(
        messages,
        [
            "ima_policy: `ima_policy=tcb` found, `ima_policy=tcb ima_policy=appraise_tcb` wanted",
            "quiet: `quiet` found, nothing wanted",
            "ima_appraise: `ima_appraise=${imaform_boot}` found, `ima_appraise=${imaform_boot}` wanted",
        ]
    );
    assert_eq!(tokens_after("a=\"b c\" 'd e'  f\\ g"), ["a=b c", "d e", "f g"]);
}

fn token() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,4}(=[a-z0-9.,/:]{0,4})?",
        "ima[-_](appraise|policy|tcb)(=(fix|tcb|enforce))?",
        Just("quiet".to_owned()),
        Just("rootflags=x".to_owned()),
        Just("x=\"a b\"".to_owned()),
        Just("\"ima_policy=tcb\"".to_owned()),
        Just("y=$z".to_owned()),
        Just("--".to_owned()),
    ]
}

fn assignment() -> impl Strategy<Value = String> {
    (
        prop::collection::vec((token(), " {1,3}|\t"), 0..7),
        0..3,
        "|export ",
        "|  # x's \"|\r",
        "|_DEFAULT",
    )
        .prop_map(|(tokens, style, export, end, suffix)| {
            let text: String = tokens.into_iter().map(|(token, gap)| token + &gap).collect();
            let double: String = text.chars().map(escaped).collect();
            let value = match style {
                0 => format!("\"{double}\""),
                1 => format!("'{text}'"),
                _ => double.replace(' ', "\\ ").replace('\t', "\\\t"),
            };
            format!("{export}GRUB_CMDLINE_LINUX{suffix}={value}{end}")
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn idempotent_satisfied_and_foreign_things_survive(
        lines in prop::collection::vec(prop_oneof![assignment(), "#\\PC{0,10}", "[A-Z]{1,3}=[a-z]{0,3}"], 0..5),
        end in "\n?",
    ) {
        let files = [file(GRUB_DEFAULT, &(lines.join("\n") + &end))];
        let new = judged(&files, &wanted());
        let others = |text: &str| -> Vec<String> {
            text.lines().filter(|line| !line.contains("GRUB_CMDLINE_LINUX")).map(str::to_owned).collect()
        };
        prop_assert_eq!(others(&files[0].content), others(&new[0].content));
    }

    #[test]
    fn never_panics(content in "[GRUB_CMDLINE=\"'\\\\$(){}`;|&<> \na#é\r-]{0,60}", tail in "\\PC*") {
        for content in [content.clone(), format!("GRUB_CMDLINE_LINUX={content}"), tail] {
            let _ = edit(&[file(GRUB_DEFAULT, &content)], &wanted());
            let _ = tokens_after(&content);
        }
    }
}
