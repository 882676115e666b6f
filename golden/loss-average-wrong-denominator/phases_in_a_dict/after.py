"""Two phases from one dict of loaders; the losses are kept in dicts, too."""
import torch
import torch.nn as nn
from torch.utils.data import DataLoader, TensorDataset, random_split


def run(model, dataset, epochs):
    train_set, val_set = random_split(dataset, [48, 16])
    dataloaders = {
        "train": DataLoader(train_set, batch_size=8, shuffle=True),
        "val": DataLoader(val_set, batch_size=8),
    }
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    history = []
    for epoch in range(epochs):
        for phase in ["train", "val"]:
            model.train(phase == "train")
            running = {"loss": 0.0, "correct": 0}
            for x, y in dataloaders[phase]:
                optimizer.zero_grad()
                with torch.set_grad_enabled(phase == "train"):
                    scores = model(x)
                    loss = criterion(scores, y)
                    if phase == "train":
                        loss.backward()
                        optimizer.step()
                running["correct"] += (scores.argmax(1) == y).sum().item()
                running["loss"] += loss.item()
            rows = len(dataloaders[phase].dataset)
            print(phase, running["correct"] / rows)
            history.append(running["loss"] / len(dataloaders[phase]))
    model.eval()
    total = 0.0
    with torch.no_grad():
        for x, y in dataloaders["val"]:
            total += criterion(model(x), y).item()
    print(total / len(dataloaders["val"]))  # all held-out rows
    return history


torch.manual_seed(5)
data = TensorDataset(torch.randn(64, 4), torch.randint(0, 2, (64,)))
print(run(nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2)), data, 2))
