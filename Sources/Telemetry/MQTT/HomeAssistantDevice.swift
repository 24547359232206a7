/// A robot as a Home Assistant device: the payload of its discovery topic (Home Assistant 2024.12 and later).
///
/// Values are read from `state` by templates, so that nothing is published for Home Assistant alone.
struct HomeAssistantDevice {
    let identity: RobotIdentity
    /// Actuators that say their temperature.
    let warm: [String]

    var payload: Payload {
        let available: Payload = ["t": .text("\(identity.root)/\(Topic.availability.name)")]
        return [
            "dev": [
                "ids": [.text("mien_\(identity.id)")], "name": .text(identity.name), "mf": "Mien",
                "mdl": .text(identity.type), "sw": .text(identity.version),
            ],
            "o": ["name": "Mien", "sw": .text(identity.version)],
            "avty": .list([available]),
            "cmps": .object(components.map { Payload.Member($0.key, .object(members(of: $0))) }),
        ]
    }

    /// One entity: its platform and what that needs.
    struct Component {
        let key: String
        let platform: String
        let name: String
        var members: [Payload.Member] = []
    }

    private func members(of component: Component) -> [Payload.Member] {
        [
            .init("p", .text(component.platform)), .init("uniq_id", .text("mien_\(identity.id)_\(component.key)")),
            .init("name", .text(component.name)),
        ] + component.members
    }

    /// The entities that this robot has.
    var components: [Component] {
        var all = sensors
        if identity.verbs.contains("emergency_stop") {
            all.append(button("stop", "Emergency stop", "emergency_stop", icon: "mdi:stop-circle"))
        }
        if identity.verbs.contains("clear") {
            all.append(button("clear", "Clear emergency stop", "clear", icon: "mdi:play-circle"))
        }
        if identity.verbs.contains("intensity") {
            all.append(
                Component(
                    key: "intensity", platform: "number", name: "Intensity",
                    members: reading("intensity") + command("intensity", "{\"value\":{{ value }}}") + [
                        .init("min", 0), .init("max", 2), .init("step", .number(0.05)), .init("mode", "slider"),
                    ]))
        }
        if identity.verbs.contains("mode") {
            all.append(
                Component(
                    key: "mode", platform: "select", name: "Mode",
                    members: reading("mode") + command("mode", "{\"name\":\"{{ value }}\"}") + [
                        .init("ops", ["auto", "idle", "neutral"])
                    ]))
        }
        if identity.verbs.contains("gesture"), !identity.gestures.isEmpty {
            all.append(
                Component(
                    key: "gesture", platform: "select", name: "Gesture",
                    members: command("gesture", "{\"name\":\"{{ value }}\"}") + [
                        .init("ops", .list(identity.gestures.map { .text($0) }))
                    ]))
        }
        return all + warm.map(temperature)
    }

    private var sensors: [Component] {
        [
            Component(key: "state", platform: "sensor", name: "State", members: reading("driver")),
            Component(key: "smile", platform: "sensor", name: "Smile", members: percentage("smile")),
            Component(key: "attention", platform: "sensor", name: "Attention", members: percentage("attention")),
            Component(
                key: "person", platform: "binary_sensor", name: "Person",
                members: truth("person_present") + [.init("dev_cla", "occupancy")]),
            Component(
                key: "emergency_stop", platform: "binary_sensor", name: "Emergency stop latched",
                members: truth("emergency_stop") + [.init("dev_cla", "problem")]),
            Component(
                key: "temperature_max", platform: "sensor", name: "Hottest servo",
                members: reading("temperature_max_c") + Self.celsius),
            Component(
                key: "late_ticks", platform: "sensor", name: "Late ticks",
                members: reading("late_ticks") + [
                    .init("stat_cla", "total_increasing"), .init("ent_cat", "diagnostic"),
                ]),
        ]
    }

    private static let celsius: [Payload.Member] = [
        .init("dev_cla", "temperature"), .init("unit_of_meas", "°C"), .init("stat_cla", "measurement"),
    ]

    private func temperature(_ actuator: String) -> Component {
        // A quote in a name would end the template's text.
        let plain = actuator.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
        return Component(
            key: "temperature_\(RobotIdentity.id(of: actuator))", platform: "sensor", name: "\(actuator) temperature",
            members: [
                .init("stat_t", .text("\(identity.root)/\(Topic.temperatures.name)")),
                .init("val_tpl", .text("{{ value_json['\(plain)'] }}")), .init("ent_cat", "diagnostic"),
            ] + Self.celsius)
    }

    private func button(_ key: String, _ name: String, _ verb: String, icon: String) -> Component {
        Component(
            key: key, platform: "button", name: name,
            members: [
                .init("cmd_t", .text("\(identity.root)/command/\(verb)")), .init("pl_prs", "{}"),
                .init("ic", .text(icon)),
            ])
    }

    private func reading(_ key: String) -> [Payload.Member] {
        [
            .init("stat_t", .text("\(identity.root)/\(Topic.state.name)")),
            .init("val_tpl", .text("{{ value_json.\(key) }}")),
        ]
    }

    private func percentage(_ key: String) -> [Payload.Member] {
        [
            .init("stat_t", .text("\(identity.root)/\(Topic.state.name)")),
            .init("val_tpl", .text("{{ (value_json.\(key) * 100) | round(0) }}")), .init("unit_of_meas", "%"),
            .init("stat_cla", "measurement"),
        ]
    }

    private func truth(_ key: String) -> [Payload.Member] {
        [
            .init("stat_t", .text("\(identity.root)/\(Topic.state.name)")),
            .init("val_tpl", .text("{{ 'ON' if value_json.\(key) else 'OFF' }}")),
        ]
    }

    private func command(_ verb: String, _ template: String) -> [Payload.Member] {
        [
            .init("cmd_t", .text("\(identity.root)/command/\(verb)")), .init("cmd_tpl", .text(template)),
        ]
    }
}
