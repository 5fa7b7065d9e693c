//! Recording the stream, and showing a recording in its place.

use std::time::Duration;

use leptos::html;
use leptos::prelude::*;
use sse_signals::inspector::save;
use sse_signals::recording::{Player, Progress, Recorder, Speed};
use wasm_bindgen_futures::JsFuture;

use super::bench::Bench;
use super::shapes::{flag, press, words};
use crate::format;
use crate::i18n::{label, text};

/// Between two looks at the player and the tape.
const PULSE: Duration = Duration::from_millis(250);

/// How fast a recording can be played: what the choice is called, and the factor; none for as fast as it goes.
const SPEEDS: [(&str, Option<f64>); 7] = [
    ("0.25", Some(0.25)),
    ("0.5", Some(0.5)),
    ("1", Some(1.0)),
    ("4", Some(4.0)),
    ("16", Some(16.0)),
    ("100", Some(100.0)),
    ("max", None),
];

fn speed(name: &str) -> Speed {
    let found = SPEEDS.iter().find(|(it, _)| *it == name);
    found.map_or_else(Speed::default, |(_, factor)| factor.map_or(Speed::UNLIMITED, Speed::times))
}

#[component]
pub(super) fn TapeDeck() -> impl IntoView {
    let bench = expect_context::<Bench>();
    let content = move || match bench.player.get() {
        None => view! { <Recording/> }.into_any(),
        Some(player) => view! { <Playing player/> }.into_any(),
    };
    view! {
        <section class="panel lab-panel" data-testid="lab-tape">
            <h2>{label!(lab.recording)}</h2>
            {content}
        </section>
    }
}

/// Calls `look` now and then, for as long as the current owner lives.
fn every_pulse(look: impl Fn() + 'static) {
    // A window without timers has no page.
    if let Ok(interval) = set_interval_with_handle(look, PULSE) {
        on_cleanup(move || interval.clear());
    }
}

#[component]
fn Recording() -> impl IntoView {
    let bench = expect_context::<Bench>();
    let tape = bench.tape.get_value();
    let (is_recording, entries) = (RwSignal::new(tape.is_recording()), RwSignal::new(tape.len()));
    let problem = RwSignal::new(None::<String>);
    let look = move || {
        bench.tape.with_value(|tape| {
            is_recording.set(tape.is_recording());
            if tape.is_recording() {
                entries.set(tape.len());
            }
        });
    };
    every_pulse(look);
    let record = press(move |_| {
        bench.tape.with_value(|tape| match tape.is_recording() {
            true => tape.stop(),
            false => tape.start(),
        });
        look();
        entries.set(bench.tape.with_value(Recorder::len));
    });
    let play = press(move |_| {
        let recording = bench.tape.with_value(|tape| {
            tape.stop();
            tape.recording()
        });
        bench.show(Some(Player::new(recording)));
    });
    let field = NodeRef::<html::Input>::new();
    let open = move |_| {
        let Some(field) = field.get_untracked() else { return };
        let file = field.files().and_then(|files| files.get(0));
        // The same file can be chosen again.
        field.set_value("");
        let Some(file) = file else { return };
        leptos::task::spawn_local(async move {
            let text = JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string());
            match Player::from_json(&text.unwrap_or_default()) {
                Ok(player) => bench.show(Some(player)),
                Err(error) => {
                    problem.try_set(Some(error.to_string()));
                }
            }
        });
    };
    let is_empty = move || flag(move || entries.get() == 0);
    let word = words(move || match is_recording.get() {
        true => text!(lab.stop).to_owned(),
        false => text!(lab.record).to_owned(),
    });
    let on_tape =
        words(move || text!(lab.on_tape, entries = format::integer(entries.get() as u64)));
    let told = words(move || {
        problem.get().map_or_else(String::new, |it| format!("{} {it}", text!(lab.no_recording)))
    });
    let save = press(move |_| bench.tape.with_value(save));
    view! {
        <div class="lab-buttons">
            <button
                type="button"
                data-action="lab-record"
                aria-pressed=words(move || is_recording.get().to_string())
                on:click=record
            >
                {word}
            </button>
            <button type="button" data-action="lab-play-tape" disabled=is_empty() on:click=play>{label!(lab.play_it)}</button>
            <button
                type="button"
                data-action="lab-save"
                disabled=is_empty()
                on:click=save
            >
                {label!(lab.save_it)}
            </button>
        </div>
        <p class="note number" data-testid="lab-tape-entries" data-entries=words(move || entries.get().to_string())>
            {on_tape}
        </p>
        <label class="lab-field">
            <span>{label!(lab.open)}</span>
            <input type="file" accept=".json,application/json" data-action="lab-open" node_ref=field on:change=open/>
        </label>
        <p class="lab-problem" role="alert">{told}</p>
        <p class="note">{label!(lab.no_secrets)}</p>
    }
}

#[component]
fn Playing(player: Player) -> impl IntoView {
    let bench = expect_context::<Bench>();
    let progress = RwSignal::new(player.progress());
    let chosen = RwSignal::new("1".to_owned());
    let player = StoredValue::new_local(player);
    let act = move |act: &dyn Fn(&Player)| {
        player.with_value(act);
        progress.set(player.with_value(Player::progress));
    };
    every_pulse(move || {
        let now = player.with_value(Player::progress);
        if progress.get_untracked() != now {
            progress.set(now);
        }
    });
    let is_playing = move || progress.with(|progress| progress.is_playing);
    let play = press(move |_| {
        act(&|player| match player.progress().is_playing {
            true => player.pause(),
            false => player.play(speed(&chosen.get_untracked())),
        });
    });
    let choose = move |event| {
        chosen.set(event_target_value(&event));
        if untrack(is_playing) {
            act(&|player| player.play(speed(&chosen.get_untracked())));
        }
    };
    let again = press(move |_| {
        act(&Player::rewind);
        bench.run.update(|run| *run += 1);
    });
    let word = words(move || match is_playing() {
        true => text!(lab.halt).to_owned(),
        false => text!(lab.play).to_owned(),
    });
    let is_over = move || flag(move || progress.with(|it| it.played == it.entries));
    let played = move || words(move || progress.with(|it| it.played.to_string()));
    let entries = words(move || progress.with(|it| it.entries.max(1).to_string()));
    let step = press(move |_| act(&Player::step));
    let live = press(move |_| bench.show(None));
    let speeds = SPEEDS.map(|(name, factor)| {
        let label = words(move || match factor {
            Some(_) => text!(lab.times, factor = name),
            None => text!(lab.unlimited).to_owned(),
        });
        let is_chosen = flag(move || chosen.with(|chosen| chosen == name));
        view! { <option value=name prop:selected=is_chosen>{label}</option> }
    });
    let seconds = |time: Duration| format::one_decimal(time.as_secs_f64());
    let told = words(move || {
        let Progress { position, length, played, entries, .. } = progress.get();
        text!(
            lab.progress,
            position = seconds(position),
            length = seconds(length),
            played = format::integer(played as u64),
            entries = format::integer(entries as u64)
        )
    });
    view! {
        <div class="lab-buttons">
            <button
                type="button"
                class="primary"
                data-action="lab-play"
                aria-pressed=words(move || is_playing().to_string())
                disabled=is_over()
                on:click=play
            >
                {word}
            </button>
            <button type="button" data-action="lab-step" disabled=is_over() on:click=step>
                {label!(lab.step)}
            </button>
            <button type="button" data-action="lab-rewind" on:click=again>{label!(lab.rewind)}</button>
        </div>
        <label class="lab-field">
            <span>{label!(lab.speed)}</span>
            <select data-action="lab-speed" on:change=choose>{speeds.collect_view()}</select>
        </label>
        <progress
            aria-label=label!(lab.recording)
            max=entries
            value=played()
        ></progress>
        <p class="note number" data-testid="lab-progress" data-played=played()>
            {told}
        </p>
        <button type="button" data-action="lab-live" on:click=live>{label!(lab.live)}</button>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_choice_has_a_speed_and_anything_else_the_recordings_own() {
        assert_eq!(speed("0.25"), Speed::times(0.25));
        assert_eq!(speed("max"), Speed::UNLIMITED);
        assert_eq!(speed("fast"), Speed::times(1.0));
    }
}
