import torch
import torch.nn as nn


def run(epochs=5, batch=20, lr=0.02):
    torch.manual_seed(0)
    y = torch.randint(0, 3, (200,))
    x = torch.randn(200, 2) + torch.tensor([[3.0, 0.0], [-2.0, 2.0], [-2.0, -2.0]])[y]
    model = nn.Sequential(nn.Linear(2, 16), nn.ReLU(), nn.Linear(16, 3))
    optimizer = torch.optim.RMSprop(model.parameters(), lr=lr)
    criterion = nn.CrossEntropyLoss(reduction="mean")
    softmax = nn.Softmax(dim=1)

    def one_epoch():
        total = 0.0
        for i in range(0, len(x), batch):
            xb, yb = x[i:i + batch], y[i:i + batch]
            pred = model(xb)
            loss = criterion(
                input=pred,  # N x 3
                target=yb,
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        return total / (len(x) // batch)

    for epoch in range(epochs):
        print(epoch, one_epoch())

    with torch.no_grad():
        return softmax(model(x[:1]))


if __name__ == "__main__":
    print(run())
