use super::*;
use proptest::prelude::*;

proptest! {
    #[test]
    fn never_panics(text in "\\PC*|[a-z_]{1,8}[=<> \t\n#é^|,&:/-]{1,3}[A-Z0-9x_]{0,9}[\n\r]?", version in 0..Feature::RELEASES.len()) {
        let kernel = &Kernel::permissive().releases()[version];
        let policy = Policy::new(text.clone());
        let judgement = policy.judge(kernel);
        prop_assert!(judgement.lines.iter().all(|(line, _)| line.number >= 1));
        let findings = lint::lints(&policy, &judgement, kernel, &lint::Surroundings::default());
        prop_assert!(findings.iter().all(|finding| finding.diagnostic.column >= 1));
        prop_assert_eq!(policy.to_string(), text);
    }

    /// Rules that are nearly right.
    #[test]
    fn never_panics_over_words_of_the_language(
        words in prop::collection::vec(
            "measure|appraise|dont_hash|audit|func=(FILE_CHECK|KEY_CHECK|SETXATTR_CHECK|KEXEC_CMDLINE)|mask=\\^?MAY_(READ|EXEC)|\
             (uid|egid|fowner)[<>=][0-9]{1,10}|fsmagic=0?x?[0-9a-f]{0,17}|fsuuid=[0-9a-f-]{34,37}é?|pcr=[+-]?[0-9]{1,3}|\
             subj_role=[:&/unconfied]{0,6}|keyrings=[a|]{1,4}|appraise_algos=[sha235619,-]{1,9}|template=[dn|-]{1,6}|#|\n",
            0..12,
        ),
        version in 0..Feature::RELEASES.len(),
    ) {
        let kernel = &Kernel::permissive().releases()[version];
        let policy = Policy::new(words.join(" "));
        let judgement = policy.judge(kernel);
        lint::lints(&policy, &judgement, kernel, &lint::Surroundings::default());
        for (_, verdict) in &judgement.lines {
            if let Err(faults) = verdict {
                prop_assert!(!faults.is_empty());
            }
        }
    }

    #[test]
    fn every_line_is_read_or_refused(
        lines in prop::collection::vec("(measure|appraise|dont_hash|x)( (func=BPRM_CHECK|uid[<>=]?[0-9a]{1,3}|pcr=5|subj_role=[:&/un]{0,6})){0,3}|#.{0,5}|", 1..6),
    ) {
        let policy = Policy::new(lines.join("\n") + "\n");
        let meant = lines.iter().filter(|line| !line.is_empty() && !line.starts_with('#')).count();
        let judged = policy.judge(&kernel("5.4"));
        prop_assert_eq!(judged.lines.len(), meant);
        for (line, verdict) in &judged.lines {
            prop_assert_eq!(line.text, &lines[line.number - 1]);
            if let Err(faults) = verdict {
                let width = line.text.chars().count();
                prop_assert!(!faults.is_empty() && faults.iter().all(|at| (1..=width).contains(&at.column)));
            }
        }
    }
}
