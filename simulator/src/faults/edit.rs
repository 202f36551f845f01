//! Edits the JSON of an answer at a path.

use serde_json::Value;

use crate::answer::Answer;

/// The answer with what is at `path` removed or replaced.
pub(crate) fn edited(answer: Answer, path: &str, with: Option<&Value>) -> Answer {
    let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body.to_vec()) else {
        return answer;
    };
    let steps: Vec<&str> = path.split('.').collect();
    edit(&mut body, &steps, with);
    Answer { body: body.to_string().into(), ..answer }
}

fn edit(value: &mut Value, steps: &[&str], with: Option<&Value>) {
    let Some((step, rest)) = steps.split_first() else {
        return;
    };
    match value {
        Value::Array(elements) if rest.is_empty() => match (*step, with) {
            ("*", None) => elements.clear(),
            ("*", Some(with)) => elements.fill(with.clone()),
            (step, with) => {
                if let Ok(at) = step.parse::<usize>()
                    && at < elements.len()
                {
                    match with {
                        None => drop(elements.remove(at)),
                        Some(with) => {
                            if let Some(element) = elements.get_mut(at) {
                                *element = with.clone();
                            }
                        }
                    }
                }
            }
        },
        Value::Array(elements) => {
            for (at, element) in elements.iter_mut().enumerate() {
                if *step == "*" || step.parse() == Ok(at) {
                    edit(element, rest, with);
                }
            }
        }
        Value::Object(members) if rest.is_empty() => match with {
            None => drop(members.remove(*step)),
            Some(with) => {
                if let Some(member) = members.get_mut(*step) {
                    *member = with.clone();
                }
            }
        },
        Value::Object(members) => {
            if let Some(member) = members.get_mut(*step) {
                edit(member, rest, with);
            }
        }
        _ => {}
    }
}
