import cogitate

config = cogitate.TrainConfig(
    recipe="notebook",
    model="new-nano",
    tasks=(cogitate.TaskConfig(family="letter_finding", level=1),),
    cold_start=cogitate.ColdStartConfig(num_steps=40, items_per_step=32, lr=1e-3),
    rl=cogitate.RLConfig(num_steps=10, groups_per_step=8, group_size=8, think=3, answer=3, lr=4e-4),
    run=cogitate.RunConfig(eval_n=40, trackers=()),
)
cogitate.train(config, "runs/notebook")
model = cogitate.load("runs/notebook")
print(cogitate.ask(model, "vkds?").text)
print(cogitate.evaluate(model, "letter_finding", n=100).strict)
