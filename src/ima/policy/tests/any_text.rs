use super::*;
use proptest::prelude::*;

proptest! {
    #[test]
    fn never_panics(text in "\\PC*|[a-z_]{1,8}[=<> \t\n#é^|,&:/-]{1,3}[A-Z0-9x_]{0,9}[\n\r]?", version in 0usize..12) {
        let kernel = &Kernel::permissive().releases()[version];
        let policy = Policy::new(text.clone());
        let judgement = policy.judge(kernel);
        prop_assert!(judgement.lines.iter().all(|(line, _)| line.number >= 1));
        prop_assert_eq!(policy.to_string(), text);
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
