import torch
import torch.nn as nn
import torch.nn.functional as F


class Classifier(nn.Module):
    def __init__(self, n_inputs=20, n_classes=5):
        super().__init__()
        self.hidden = nn.Linear(n_inputs, 64)
        self.drop = nn.Dropout(0.2)
        self.output = nn.Linear(64, n_classes)

    def forward(self, x):
        x = self.drop(F.relu(self.hidden(x)))
        # last layer, one score per class
        x = self.output(x)
        x = x.softmax(dim=-1)  # scores -> probabilities
        return x


def evaluate(model, x, y):
    model.eval()
    with torch.no_grad():
        prediction = model(x).argmax(dim=-1)
    return (prediction == y).float().mean().item()


def main():
    torch.manual_seed(0)
    y = torch.randint(0, 5, (500,))
    x = torch.randn(500, 20) + 2 * F.one_hot(y, 20)
    x_train, y_train, x_val, y_val = x[:400], y[:400], x[400:], y[400:]

    model = Classifier()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for epoch in range(8):
        model.train()
        for idx in torch.randperm(400).split(40):
            loss = F.cross_entropy(model(x_train[idx]), y_train[idx])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(epoch, round(loss.item(), 4), evaluate(model, x_val, y_val))


if __name__ == "__main__":
    main()
